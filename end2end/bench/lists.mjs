// A comparison of one live list of this project's browser client with the same list on npm convex in React, as lists
// are usually written there and with `memo`: DOM changes and script time when one item is changed, inserted, moved or
// removed elsewhere, and when items are changed on the page before the backend answers. They take turns in one run.
//
// In: CONVEX_URL, PAGE (folder with the WebAssembly page), ROUNDS, SIZES, ONLY (kinds of edits).
// Out: JSON on standard output, milliseconds; each row on standard error as it comes.

import { launch, newPage, percentile, serve, wasm } from "./stage.mjs";

const backend = process.env.CONVEX_URL;
const rounds = Number(process.env.ROUNDS ?? 15);
const sizes = (process.env.SIZES ?? "10,480,5000").split(",").map(Number);
const warmUp = 2;
/** How many items one mutation adds. */
const BATCH = 500;
const names = ["leptos", "react", "memo"];

const call = (more) => `showList(${JSON.stringify(backend)}, new URL(location.href).searchParams.get("list")${more});`;
const react = `import { showList } from "/react-list.js";`;
const server = await serve({
  pages: { leptos: wasm("showList") + call(""), react: react + call(""), memo: react + call(", true") },
  modules: ["react-list"],
  folder: process.env.PAGE,
});
const browser = await launch();

/** Runs a mutation outside the pages. */
async function mutate(path, args) {
  const response = await fetch(`${backend}/api/mutation`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ path, args, format: "json" }),
  });
  const answer = await response.json();
  if (answer.status !== "success") throw new Error(`${path}: ${answer.errorMessage}`);
}

/** Opens the page of one client with its own list of `size` items. */
async function open(name, size) {
  const list = `${name} ${size}`;
  for (let from = 0; from < size; from += BATCH) {
    await mutate("lists:fill", { list, from, to: Math.min(from + BATCH, size) });
  }
  const page = await newPage(browser, name, "lists-probe.js");
  const devtools = await page.context().newCDPSession(page);
  // Processor time, because other processes use the processor, too.
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  await devtools.send("Network.enable");
  const open = { list, page, devtools, length: size, answers: 0, heardAt: 0 };
  devtools.on("Network.webSocketFrameReceived", ({ response }) => {
    open.answers += response.payloadData.includes('"MutationResponse"') ? 1 : 0;
    open.heardAt = performance.now();
  });
  await page.goto(`${server.origin}/${name}?${new URLSearchParams({ list })}`);
  await page.evaluate((length) => window.probe.until({ length, at: null }), size);
  return open;
}

/** Returns for how many seconds scripts have run in the page, WebAssembly included. */
async function scriptTime({ devtools }) {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ScriptDuration").value;
}

/** Waits until the page has drawn two frames, so that nothing is left to do. */
const settled = ({ page }) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))));

/** Measures what `act` costs until `expected` shows and everything has settled. */
async function cost(open, expected, act) {
  const { page, devtools } = open;
  // Garbage of earlier steps must not be counted here.
  await devtools.send("HeapProfiler.collectGarbage");
  await settled(open);
  await page.evaluate(() => window.probe.take());
  const before = await scriptTime(open);
  const shown = page.evaluate((expected) => window.probe.until(expected), expected);
  await act();
  await shown;
  await settled(open);
  return {
    script: ((await scriptTime(open)) - before) * 1000,
    changes: await page.evaluate(() => window.probe.take()),
  };
}

/** The edits of a list of `length` items: each gives the length afterwards, and the item that shows the edit. */
const edits = {
  change: (length) => ({ length, at: Math.floor(length / 2) }),
  insert: (length) => ({ length: length + 1, at: Math.floor(length / 2) + 1 }),
  move: (length) => ({ length, at: 0 }),
  // The next item takes its place.
  remove: (length) => ({ length: length - 1, at: null }),
};

async function edit(open, what, round) {
  const text = `${what} ${round}`;
  const expected = edits[what](open.length);
  const stars = expected.at === null ? "" : "0";
  const result = await cost(open, { ...expected, text: text + stars }, () =>
    mutate("lists:edit", { list: open.list, what, text }),
  );
  open.length = expected.length;
  return result;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Gives `count` items a star each, which shows at once, and measures until the backend has answered and pushed all. */
async function star(open, count) {
  const { page } = open;
  const at = count - 1;
  const [text, stars] = await page.evaluate((at) => window.probe.partsOf(at), at);
  const expected = { length: open.length, at, text: text + (Number(stars) + 1) };
  return cost(open, expected, async () => {
    open.answers = 0;
    await page.evaluate((count) => window.probe.click(count), count);
    while (open.answers < count || performance.now() - open.heardAt < 150) await pause(20);
  });
}

/** Returns the medians of the clients, which take turns, so that other load on the machine affects all of them. */
async function inTurns(pages, measure) {
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const name of names) {
      const result = await measure(pages[name], round);
      if (round >= warmUp) results[name].push(result);
    }
  }
  const median = (name, what) => percentile(results[name].map((result) => result[what]), 0.5);
  return names.map((name) => ({ name, script: median(name, "script"), changes: median(name, "changes") }));
}

const only = process.env.ONLY?.split(",");
const rows = [];

async function measure(pages, size, what, act) {
  if (only && !only.includes(what)) return;
  const row = { size, what, clients: await inTurns(pages, act) };
  console.error(JSON.stringify(row));
  rows.push(row);
}

for (const size of sizes) {
  const pages = {};
  for (const name of names) pages[name] = await open(name, size);
  for (const what of Object.keys(edits)) await measure(pages, size, what, (page, round) => edit(page, what, round));
  for (const count of [1, 10]) await measure(pages, size, `star ${count}`, (page) => star(page, count));
  for (const { page } of Object.values(pages)) await page.context().close();
}
await browser.close();
server.close();
console.log(JSON.stringify({ rounds, rows }));

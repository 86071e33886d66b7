// A comparison of this project's browser client with npm convex, bare and in React: the same page, backend and run,
// taking turns.
//
// In: CONVEX_URL, PAGE (folder with the WebAssembly page), ROUNDS, ROWS, UPDATES.
// Out: JSON on standard output; milliseconds and bytes.

import { launch, newPage, percentile, serve, wasm } from "./stage.mjs";

const backend = process.env.CONVEX_URL;
const rounds = Number(process.env.ROUNDS ?? 60);
const rows = Number(process.env.ROWS ?? 1000);
const updates = Number(process.env.UPDATES ?? 10_000);
const warmUp = 5;
const names = ["js", "react", "leptos"];

const show = `
  const asked = new URL(location.href).searchParams;
  show(${JSON.stringify(backend)}, asked.get("counter"), Number(asked.get("rows")));`;
const server = await serve({
  pages: {
    js: `import { show } from "/js-page.js";${show}`,
    react: `import { show } from "/react-page.js";${show}`,
    leptos: wasm("show") + show,
  },
  modules: ["js-page", "react-page"],
  folder: process.env.PAGE,
});
const browser = await launch();

/** Opens the page of one client and waits until it shows its first values. */
async function open(name, counter, rowCount) {
  const page = await newPage(browser, name, "probe.js");
  const query = new URLSearchParams({ counter: `${name} ${counter}`, rows: String(rowCount) });
  await page.goto(`${server.origin}/${name}?${query}`);
  await page.evaluate(() => window.probe.until(0));
  return page;
}

const summary = (times) => ({ p50: percentile(times, 0.5), p99: percentile(times, 0.99) });

/** Measures the clients in turns, so that other load on the machine affects all of them. */
async function inTurns(count, measure) {
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < count + warmUp; round++) {
    for (const name of names) {
      const time = await measure(name);
      if (round >= warmUp) times[name].push(time);
    }
  }
  return times;
}

const pages = (counter, rowCount) =>
  Promise.all(names.map(async (name) => [name, await open(name, counter, rowCount)])).then(Object.fromEntries);

/** Measures the time from the click in one tab to the changed paragraph in another. */
async function latency() {
  const [first, second] = [await pages("latency", 1), await pages("latency", 1)];
  const times = await inTurns(rounds, async (name) => {
    const { sentAt, value } = await first[name].evaluate(() => window.probe.change());
    const { at } = await second[name].evaluate((value) => window.probe.until(value), value);
    return at - sentAt;
  });
  await close(first, second);
  return times;
}

/** Measures the time until all paragraphs have changed: from the message with all results, and from the click. */
async function together() {
  const open = await pages("rows", rows);
  const times = await inTurns(Math.ceil(rounds / 2), (name) => open[name].evaluate(() => window.probe.change()));
  await close(open);
  const of = (name, time) => times[name].map(time);
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        client: of(name, ({ at, receivedAt }) => at - receivedAt),
        all: of(name, ({ at, sentAt }) => at - sentAt),
      },
    ]),
  );
}

/** Returns the memory that a page uses after garbage collection, in bytes. */
async function memory(page, devtools) {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize + (await page.evaluate(() => window.wasmBytes?.() ?? 0));
}

/** Measures memory before and after `updates` changes, and the changes per second. */
async function afterUpdates(name) {
  const page = await open(name, "updates", 1);
  const devtools = await page.context().newCDPSession(page);
  await page.evaluate(() => window.probe.changeOften(100));
  const before = await memory(page, devtools);
  const start = performance.now();
  // In portions, because each call has a time limit.
  for (let left = updates; left > 0; left -= 500) {
    await page.evaluate((count) => window.probe.changeOften(count), Math.min(left, 500));
  }
  const seconds = (performance.now() - start) / 1000;
  const after = await memory(page, devtools);
  await page.context().close();
  return { before, after, perSecond: updates / seconds };
}

async function close(...groups) {
  for (const group of groups) for (const page of Object.values(group)) await page.context().close();
}

const latencies = await latency();
const many = await together();
const clients = [];
for (const name of names) {
  clients.push({
    name,
    latency: summary(latencies[name]),
    rowsClient: summary(many[name].client),
    rowsAll: summary(many[name].all),
    memory: updates > 0 ? await afterUpdates(name) : null,
  });
}
await browser.close();
server.close();
console.log(JSON.stringify({ rounds, rows, updates, clients }));

// One visit of a page, or one navigation between two, in a browser context of its own.

import { fileURLToPath } from "node:url";
import { sleep } from "./apps.mjs";
import { mutate } from "./person.mjs";

const probe = fileURLToPath(new URL("probe.js", import.meta.url));

/** Lines and CPUs; `quiet` is how long nothing must have been loading before a page counts as loaded, in milliseconds. */
export const LINES = {
  slow: { says: "slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms), CPU / 4", cpu: 4, down: 1.6e6 / 8, up: 750e3 / 8, latency: 150, quiet: 1500 },
  fast: { says: "no throttle", cpu: 1, quiet: 700 },
};

const kindOf = ({ type, mime, prefetch }) => {
  if (prefetch) return "prefetch";
  if (/html/.test(mime)) return "html";
  if (/css/.test(mime)) return "css";
  if (/javascript/.test(mime)) return "js";
  if (/wasm/.test(mime)) return "wasm";
  if (type === "Font" || type === "Image") return type.toLowerCase();
  return "data";
};

/** Opens a page, counts its traffic, and throttles its line and CPU. */
async function openPage(context, line) {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  const requests = new Map();
  const traffic = { requests, open: 0, changedAt: Date.now(), onHtml: undefined };
  cdp.on("Network.requestWillBeSent", ({ requestId, request, type }) => {
    if (!requests.has(requestId)) traffic.open++;
    traffic.changedAt = Date.now();
    const headers = Object.keys(request.headers).map((name) => name.toLowerCase());
    const prefetch = type === "Prefetch" || headers.some((name) => /prefetch|^sec-purpose$/.test(name));
    requests.set(requestId, { url: request.url, type, prefetch, mime: "", bytes: 0 });
  });
  cdp.on("Network.responseReceived", ({ requestId, response, type }) => {
    const request = requests.get(requestId);
    if (!request) return;
    request.mime = response.mimeType;
    request.cached = response.fromDiskCache || response.fromPrefetchCache;
    if (type === "Document" && traffic.onHtml && !request.prefetch) traffic.onHtml();
  });
  const end = ({ requestId, encodedDataLength = 0 }) => {
    const request = requests.get(requestId);
    if (!request || request.ended) return;
    request.ended = true;
    request.bytes = encodedDataLength;
    traffic.open--;
    traffic.changedAt = Date.now();
  };
  cdp.on("Network.loadingFinished", end);
  cdp.on("Network.loadingFailed", end);
  cdp.on("Network.requestServedFromCache", ({ requestId }) => {
    const request = requests.get(requestId);
    if (request) request.cached = true;
  });
  if (line.down) {
    await cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: line.latency,
      downloadThroughput: line.down,
      uploadThroughput: line.up,
    });
  }
  if (line.cpu > 1) await cdp.send("Emulation.setCPUThrottlingRate", { rate: line.cpu });
  return { page, traffic };
}

/** Waits until nothing has been loading for a while. */
async function quiet(page, traffic, line) {
  const until = Date.now() + 30_000;
  while (Date.now() < until && (traffic.open > 0 || Date.now() - traffic.changedAt < line.quiet)) await sleep(50);
  // The page's own thread answers this, so it is idle then.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}

async function newContext(browser, cookies) {
  const context = await browser.newContext();
  await context.addCookies(cookies);
  await context.addInitScript({ path: probe });
  return context;
}

let count = 0;

/** Loads a page and returns what was measured. */
export async function visit(browser, app, line, { path, who, heading, live, warm }, as) {
  const context = await newContext(browser, who === "in" ? as.cookies : []);
  try {
    if (warm) {
      const { page, traffic } = await openPage(context, LINES.fast);
      await page.goto(app.url + path);
      await quiet(page, traffic, LINES.fast);
      await page.close();
    }
    const { page, traffic } = await openPage(context, line);
    const mark = `added during ${app.name}-${++count}`;
    let added;
    if (live) traffic.onHtml = () => (added ??= mutate(as.token, "todos:create", { text: mark }));
    await page.goto(app.url + path, { waitUntil: "load", timeout: 60_000 });
    if (live) {
      await page.waitForFunction((text) => window.seen.texts[text] !== undefined, mark, { timeout: 60_000 });
      const id = await added;
      await quiet(page, traffic, line);
      await mutate(as.token, "todos:remove", { id });
    }
    await quiet(page, traffic, line);
    const seen = await page.evaluate(() => ({
      ...window.seen,
      fcp: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
    }));
    if (heading && seen.headings[heading] === undefined) {
      throw new Error(`${app.name} ${path} (signed ${who}) has no heading "${heading}" but ${Object.keys(seen.headings)}`);
    }
    const bytes = {};
    for (const request of traffic.requests.values()) {
      if (request.url.startsWith("data:")) continue;
      const kind = kindOf(request);
      bytes[kind] = (bytes[kind] ?? 0) + (request.cached ? 0 : request.bytes);
    }
    const code = [...traffic.requests.values()].filter((it) => ["js", "wasm"].includes(kindOf(it))).map((it) => it.url);
    const blocking = seen.longTasks
      .map(([start, duration]) => Math.min(duration, start + duration - seen.fcp))
      .reduce((sum, duration) => sum + Math.max(0, duration - 50), 0);
    return {
      firstPaint: seen.fcp,
      largestPaint: seen.lcp,
      blocking,
      transition: seen.transition || null,
      hydrated: seen.hydrated || null,
      live: live ? Math.max(seen.texts[mark], seen.transition) : null,
      bytes,
      code,
    };
  } finally {
    await context.close();
  }
}

/** Measures the time from the click on a link until the next page's heading is painted. */
export async function navigate(browser, app, line, { from, to, who, link, heading }, as) {
  const context = await newContext(browser, who === "in" ? as.cookies : []);
  try {
    const { page, traffic } = await openPage(context, line);
    await page.goto(app.url + from, { timeout: 60_000 });
    await quiet(page, traffic, line);
    const before = new Set(traffic.requests.keys());
    const target = page.getByRole("navigation", { name: "Account" }).getByRole("link", { name: link, exact: true });
    const box = await target.boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    // A person's pointer is over a link for a moment before the click.
    await page.mouse.move(x, y);
    await sleep(150);
    const clicked = Date.now();
    await page.mouse.click(x, y);
    await page.waitForURL(app.url + to, { waitUntil: "commit", timeout: 60_000 });
    await page.waitForFunction((text) => window.seen.headings[text] > 0, heading, { timeout: 60_000 });
    const at = await page.evaluate((text) => window.seen.headings[text], heading);
    await quiet(page, traffic, line);
    const bytes = [...traffic.requests].filter(([id]) => !before.has(id)).reduce((sum, [, it]) => sum + (it.cached ? 0 : it.bytes), 0);
    return { shown: at - clicked, bytes: { all: bytes } };
  } finally {
    await context.close();
  }
}

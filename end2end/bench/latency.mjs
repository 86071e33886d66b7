// The time from a mutation in one browser to the changed page in another, with the app's pages.
//
// Two browser contexts of the same person have /dashboard open. Context A adds a todo through the form;
// context B's MutationObserver records when it shows. Both clocks are those of the same machine.
// In: BASE_URL, COOKIE (a Cookie header), ROUNDS. Out: JSON on standard output, in milliseconds.

import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const baseUrl = process.env.BASE_URL;
const rounds = Number(process.env.ROUNDS ?? 60);
const warmUp = 5;

const system = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
const browser = await chromium.launch({
  executablePath: system.find((path) => path && existsSync(path)),
  args: ["--no-sandbox"],
});

async function openDashboard() {
  const context = await browser.newContext();
  const cookies = process.env.COOKIE.split("; ").map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: baseUrl };
  });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(`${baseUrl}/dashboard`);
  await page.getByLabel("New todo").waitFor();
  return page;
}

const [a, b] = await Promise.all([openDashboard(), openDashboard()]);

await b.evaluate(() => {
  window.shownAt = new Map();
  new MutationObserver(() => {
    const now = performance.timeOrigin + performance.now();
    for (const mark of document.body.innerText.match(/round \d+\./g) ?? []) {
      if (!window.shownAt.has(mark)) window.shownAt.set(mark, now);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
});

/** Adds a todo in A, and returns when it did so, by A's clock. */
const add = (mark) =>
  a.getByLabel("New todo").evaluate((input, text) => {
    const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    setValue.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const now = performance.timeOrigin + performance.now();
    input.form.requestSubmit();
    return now;
  }, mark);

const times = [];
for (let round = 0; round < rounds + warmUp; round++) {
  const mark = `round ${round}.`;
  const sent = await add(mark);
  await b.waitForFunction((text) => window.shownAt.has(text), mark, { timeout: 10_000 });
  const shown = await b.evaluate((text) => window.shownAt.get(text), mark);
  if (round >= warmUp) times.push(shown - sent);
  // The field is emptied once the server has the todo.
  await a.waitForFunction(() => [...document.forms].some((form) => form.elements.text?.value === ""), null, {
    timeout: 10_000,
  });
}
await browser.close();

times.sort((x, y) => x - y);
const percentile = (share) => times[Math.max(1, Math.ceil(share * times.length)) - 1];
console.log(
  JSON.stringify({ rounds: times.length, p50: percentile(0.5), p99: percentile(0.99), max: times.at(-1) }),
);

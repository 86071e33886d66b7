// Tests of `<ForRows>`: it changes the DOM as little as possible, and each row keeps its elements and its state.

import { buildClients, type Files } from "./support/build";
import { Harness, NOT_HYDRATED, runModule } from "./support/harness";
import { Server } from "../../../end2end/support/server";
import { expect, test } from "../../../end2end/support/test";
import type { Page } from "@playwright/test";

// One worker, so that the client is compiled once.
test.describe.configure({ mode: "default" });
test.use({ bypassCSP: true });

let files: Files;
let server: Server;

test.beforeAll(async () => {
  test.setTimeout(900_000);
  files = await buildClients();
  server = await Server.start({ functions: "crates/leptos_convex/browser-tests/convex" });
});
test.afterAll(() => server.remove());

declare global {
  interface Window {
    /** How many nodes of the first list were added or removed. */
    changes: number;
  }
}

/** Returns a generator of random numbers that are the same in each run. */
function dice(seed: number) {
  return (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

/** Returns most of the numbers below 16, in random order. */
function someOrder(roll: (below: number) => number): number[] {
  const numbers = [...Array(16).keys()].filter(() => roll(4) > 0);
  for (let at = numbers.length - 1; at > 0; at--) {
    const other = roll(at + 1);
    [numbers[at], numbers[other]] = [numbers[other] as number, numbers[at] as number];
  }
  return numbers;
}

/** Returns the smallest number of DOM changes: one for each row added or removed, two (out and in) for each moved. */
function fewest(former: number[], now: number[]): number {
  const gone = former.filter((number) => !now.includes(number)).length;
  const kept = now.map((number) => former.indexOf(number)).filter((at) => at >= 0);
  const longest: number[] = [];
  kept.forEach((at, i) => {
    longest.push(1 + Math.max(0, ...kept.slice(0, i).map((other, j) => (other < at ? (longest[j] ?? 0) : 0))));
  });
  return gone + now.length - kept.length + 2 * (kept.length - Math.max(0, ...longest));
}

/** Returns the items of the first list. */
const items = (page: Page) => page.locator("ul > li");

test("only rows that are added, removed or moved change the DOM", async ({ page, context, complaints }) => {
  complaints.tolerated.push(NOT_HYDRATED);
  const other = await Harness.open(await context.newPage(), server.url, files, "convex", "/healthz");
  let calls = 0;
  const set = async (numbers: number[]) => {
    await other.do("call", `set ${++calls}`, "mutation", "rows:set", { numbers });
    await other.do("answered", `set ${calls}`);
  };
  const first = [...Array(16).keys()];
  await set(first);
  await runModule(page, server.url, files, "conformance", "module.showRows()");
  await expect(items(page)).toHaveText(first.map(String));
  await page.evaluate(() => {
    const list = document.querySelector("ul") as HTMLElement;
    for (const item of document.querySelectorAll<HTMLElement>("p i")) item.click();
    window.changes = 0;
    new MutationObserver((records) => {
      for (const { addedNodes, removedNodes } of records) window.changes += addedNodes.length + removedNodes.length;
    }).observe(list, { childList: true, subtree: true });
  });

  const roll = dice(13);
  const orders = [[15, ...first.slice(0, 15)], [...first.slice(1), 0], first, [], first.toReversed(), [3]];
  for (let round = 0; round < 30; round++) orders.push(someOrder(roll));
  let former = first;
  for (const numbers of orders) {
    await set(numbers);
    await expect(items(page)).toHaveText(numbers.map(String));
    expect(
      await page.evaluate(() => {
        const changes = window.changes;
        window.changes = 0;
        return changes;
      }),
      `${former} to ${numbers}`,
    ).toBe(fewest(former, numbers));
    const shown = numbers.filter((number) => number > 0);
    const texts = (selector: string) =>
      page.locator(selector).evaluate((list) => list.textContent.replaceAll("!", ""));
    expect(await texts("p")).toBe(`<${shown.map((number) => `${number},`).join("")}>`);
    const even = numbers.filter((number) => number % 2 === 0).toReversed();
    await expect(page.locator("ol > li.even")).toHaveText(even.map(String));
    if (calls % 4 === 0) await page.getByRole("button").click();
    if (await page.locator("output").isVisible()) {
      expect(await texts("output")).toBe(shown.map((number) => `${number},`).join(""));
    }
    former = numbers;
  }
});

test("a row that moves keeps its elements and its state", async ({ page, context, complaints }) => {
  complaints.tolerated.push(NOT_HYDRATED);
  const other = await Harness.open(await context.newPage(), server.url, files, "convex", "/healthz");
  const set = async (name: string, numbers: number[]) => {
    await other.do("call", name, "mutation", "rows:set", { numbers });
    await other.do("answered", name);
  };
  await set("first", [1, 2, 3, 4]);
  await runModule(page, server.url, files, "conformance", "module.showRows()");
  await expect(items(page)).toHaveText(["1", "2", "3", "4"]);
  await page.evaluate(() => {
    for (const item of document.querySelectorAll("ul > li")) item.setAttribute("data-first", item.textContent);
  });
  await page.locator("p i").nth(3).click();
  await expect(page.locator("p")).toHaveText("<1,2,3,4!,>");
  await set("second", [4, 2, 5, 1]);
  await expect(items(page)).toHaveText(["4", "2", "5", "1"]);
  await expect(page.locator("p")).toHaveText("<4!,2,5,1,>");
  const marks = await items(page).evaluateAll((items) => items.map((item) => item.getAttribute("data-first")));
  expect(marks).toEqual(["4", "2", null, "1"]);
});

// Each example of the crate in one tab, while npm `convex` edits the data in another tab.

import { buildClients, type Files } from "./support/build";
import { Harness, NOT_HYDRATED, runModule } from "./support/harness";
import { Server } from "../../../end2end/support/server";
import { expect, test } from "../../../end2end/support/test";
import type { Page } from "@playwright/test";

// One worker, so that the examples are compiled once and share one backend.
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

/** Runs a mutation in the other tab, and waits for its result. */
type Edit = (path: string, args?: object) => Promise<void>;

/** Tests an example. The script gets its page, and a function that edits the data in another tab. */
const example = (name: string, title: string, script: (page: Page, edit: Edit) => Promise<void>) =>
  test(`${name}: ${title}`, async ({ page, context, complaints }) => {
    complaints.tolerated.push(NOT_HYDRATED);
    const other = await Harness.open(await context.newPage(), server.url, files, "convex", "/healthz");
    let edits = 0;
    const edit: Edit = async (path, args = {}) => {
      const call = `edit ${++edits}`;
      await other.do("call", call, "mutation", path, args);
      await other.do("answered", call);
    };
    await runModule(page, server.url, files, "conformance", `module.showExample(${JSON.stringify(name)})`);
    await script(page, edit);
    await other.do("close");
  });

for (const name of ["five_steps", "use_query"]) {
  example(name, "a todo appears, and its text changes in place", async (page, edit) => {
    const text = `Buy milk for ${name}`;
    await edit("todos:add", { text, person: name });
    const todo = page.getByText(text);
    await expect(todo).toBeVisible();
    await todo.evaluate((element) => element.setAttribute("data-seen", ""));
    await edit("todos:edit", { from: text, to: `${text}, and bread` });
    // It is the same element.
    await expect(page.locator("[data-seen]")).toHaveText(`${text}, and bread`);
  });
}

example("use_paginated_query", "a message appears, and its text changes in place", async (page, edit) => {
  await edit("messages:send", { room: "general", text: "Hello" });
  await expect(page.getByRole("listitem")).toHaveText(["Hello"]);
  await page.getByRole("listitem").evaluate((element) => element.setAttribute("data-seen", ""));
  await edit("messages:edit", { from: "Hello", to: "Good morning" });
  await expect(page.locator("[data-seen]")).toHaveText("Good morning");
  await expect(page.getByRole("status")).toHaveText("That is all");
});

example("use_queries", "one of two counts changes", async (page, edit) => {
  await expect(page.getByRole("listitem")).toHaveText(["Ada: 0", "Grace: 0"]);
  await edit("todos:add", { text: "Write a program", person: "Ada" });
  await expect(page.getByRole("listitem")).toHaveText(["Ada: 1", "Grace: 0"]);
});

example("use_mutation", "both tabs add to the same number", async (page, edit) => {
  const number = page.locator("p").first();
  await expect(number).toHaveText(/^\d+$/);
  const before = Number(await number.textContent());
  await edit("counter:add", { amount: 10 });
  await expect(number).toHaveText(String(before + 10));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(number).toHaveText(String(before + 11));
  await page.getByRole("button", { name: "Add twice" }).click();
  await expect(number).toHaveText(String(before + 13));
});

for (const [name, selector] of [
  ["use_preloaded_query", "p"],
  ["islands", "output"],
] as const) {
  example(name, "the preloaded number goes live", async (page, edit) => {
    await edit("counter:add", { amount: 100 });
    const number = page.locator(selector);
    await expect(number).not.toHaveText("42");
    const before = Number(await number.textContent());
    await edit("counter:increment");
    await expect(number).toHaveText(String(before + 1));
  });
}

example("use_suspense_query", "a page is written, and the next one too", async (page, edit) => {
  await expect(page.locator("p")).toHaveText("Empty");
  await edit("book:write", { number: 1, text: "Once upon a time" });
  await expect(page.locator("p")).toHaveText("Once upon a time");
  await page.getByRole("button", { name: "Turn over" }).click();
  await expect(page.locator("p")).toHaveText("Empty");
  await edit("book:write", { number: 2, text: "The end" });
  await expect(page.locator("p")).toHaveText("The end");
});

example("use_convex", "each click fetches the current number", async (page, edit) => {
  const ask = async () => {
    const answer = page.waitForEvent("console", (message) => /^\d+$/.test(message.text()));
    await page.getByRole("button", { name: "Ask once" }).click();
    return Number((await answer).text());
  };
  const before = await ask();
  await edit("counter:increment");
  expect(await ask()).toBe(before + 1);
});

example("use_action", "the page shows that the action has ended", async (page) => {
  await page.getByRole("button", { name: "Send" }).click();
  await expect(page.getByRole("status")).toHaveText("Sent");
});

example("use_convex_auth", "nobody is signed in", async (page) => {
  await expect(page.getByText("Signed out")).toBeVisible();
  await expect(page.getByText("Signed in")).toBeHidden();
});

example("use_convex_connection_state", "the page is live", async (page) => {
  await expect(page.getByRole("status")).toHaveText(/^(Live|Connecting, attempt 1)$/);
});

// The elements that a page changes when data arrive: none if the data are those that the server rendered, and one row
// if one item has changed.

import { addTodo, saved, signInByApi, signUpByApi } from "../support/people";
import { drawFrames } from "../support/recorder";
import { expect, test } from "../support/test";
import type { Page } from "@playwright/test";

declare global {
  interface Window {
    /** The texts of the changed rows or elements in the watched part. */
    touched?: string[];
  }
}

/** Records every change inside of `selector` from the first time it exists. Runs before the page's own scripts. */
const watch = (page: Page, selector: string) =>
  page.addInitScript((selector) => {
    const touched: string[] = (window.touched = []);
    const about = (node: Node | null) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return (
        (element?.closest("li.todo") ?? element)?.textContent?.trim() ?? ""
      );
    };
    // The document is complete, and the script that hydrates it has not run.
    document.addEventListener("readystatechange", () => {
      const part = document.querySelector(selector);
      if (!part || document.readyState !== "interactive") return;
      new MutationObserver((changes) => {
        for (const change of changes)
          touched.push(`${change.type} of ${about(change.target)}`);
      }).observe(part, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
    });
  }, selector);

const touched = (page: Page) =>
  page.evaluate(() => window.touched?.splice(0) ?? []);

test("hydrating and the first live result change nothing", async ({
  page,
  context,
  baseURL,
  open,
}) => {
  await signUpByApi(context, baseURL);
  await open("/dashboard");
  for (const text of ["One", "Two", "Three"]) await addTodo(page, text);
  await saved(page);
  await watch(page, ".todo-list");
  await open("/dashboard");
  await expect(
    page.getByRole("status").filter({ hasText: "Live" }),
  ).toBeVisible();
  await drawFrames(page, 10);
  await expect(page.getByRole("checkbox")).toHaveCount(3);
  expect(await touched(page)).toEqual([]);
});

test("a todo changed elsewhere touches only its own row", async ({
  page,
  context,
  baseURL,
  newVisitor,
  open,
}) => {
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard");
  for (const text of ["One", "Two", "Three", "Four"]) await addTodo(page, text);
  await saved(page);
  const other = await newVisitor();
  await signInByApi(other.context, baseURL, person);
  await watch(other.page, ".todo-list");
  await open("/dashboard", other.page);
  await expect(
    other.page.getByRole("status").filter({ hasText: "Live" }),
  ).toBeVisible();
  await drawFrames(other.page, 5);
  await touched(other.page);

  await page.getByRole("checkbox", { name: "Two" }).click();
  await expect(other.page.getByRole("checkbox", { name: "Two" })).toBeChecked();
  await drawFrames(other.page, 5);
  const changes = await touched(other.page);
  expect(changes.length).toBeGreaterThan(0);
  for (const change of changes) expect(change).toMatch(/^attributes of Two/);

  await page.getByRole("button", { name: "Remove Three" }).click();
  await expect(
    other.page.getByRole("checkbox", { name: "Three" }),
  ).toBeHidden();
  await drawFrames(other.page, 5);
  const removed = await touched(other.page);
  expect(
    removed.filter(
      (change) =>
        /of (One|Two|Four)/.test(change) && !change.startsWith("childList"),
    ),
  ).toEqual([]);
});

// The todos; the same forms with and without WebAssembly.

import { addTodo, saved, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

test.beforeEach(async ({ context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  await open("/dashboard");
});

test("add, tick off, remove and clear", async ({ page }) => {
  await expect(page.getByText("No todos yet. Add one above!")).toBeVisible();
  for (const text of ["Buy milk", "Read a book", "<b>Write</b> & rest"]) await addTodo(page, text);
  await expect(page.getByLabel("New todo")).toHaveValue("");
  await expect(page.getByText("0 of 3 done")).toBeVisible();

  await page.getByRole("checkbox", { name: "Buy milk" }).click();
  await expect(page.getByRole("checkbox", { name: "Buy milk" })).toBeChecked();
  await page.getByRole("checkbox", { name: "Read a book" }).click();
  await expect(page.getByText("2 of 3 done")).toBeVisible();
  await page.getByRole("checkbox", { name: "Read a book" }).click();
  await expect(page.getByRole("checkbox", { name: "Read a book" })).not.toBeChecked();

  await page.getByRole("button", { name: "Remove <b>Write</b> & rest" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Write" })).toHaveCount(0);
  await page.getByRole("button", { name: "Clear done" }).click();
  await expect(page.getByRole("checkbox")).toHaveCount(1);
  await expect(page.getByText("0 of 1 done")).toBeVisible();
  await expect(page.getByRole("button", { name: "Clear done" })).toHaveCount(0);

  await saved(page);
  await page.reload();
  await expect(page.getByRole("checkbox")).toHaveText(["Read a book"]);
});

test("a todo of spaces is refused with a message beside the field", async ({ page }) => {
  await page.getByLabel("New todo").fill("   ");
  await page.getByRole("button", { name: "Add" }).click();
  const field = page.getByLabel("New todo");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/\w/);
  await expect(page.getByText("No todos yet. Add one above!")).toBeVisible();
});

test("everybody has todos of their own", async ({ page, newVisitor, baseURL, open }) => {
  await addTodo(page, "Mine alone");
  const other = await newVisitor();
  await signUpByApi(other.context, baseURL);
  await open("/dashboard", other.page);
  await expect(other.page.getByText("No todos yet. Add one above!")).toBeVisible();
  await expect(other.page.getByText("Mine alone")).toHaveCount(0);
});

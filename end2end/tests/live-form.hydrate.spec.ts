// Forms inside islands. With WebAssembly they send the same fields that the browser posts without it.

import { addTodo, saved, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

test.beforeEach(async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  await open("/dashboard");
  await addTodo(page, "Read a book");
  await saved(page);
});

test("the pressed button is among the fields that are sent", async ({ page }) => {
  // The todo's id moves from its hidden field to the button.
  await page.getByRole("button", { name: "Remove Read a book" }).evaluate((button: HTMLButtonElement) => {
    const id = button.form?.querySelector<HTMLInputElement>("[name=id]");
    if (!id) throw new Error("the form has no id");
    [button.name, button.value] = [id.name, id.value];
    id.remove();
  });
  await page.getByRole("button", { name: "Remove Read a book" }).click();
  await expect(page.getByText("No todos yet. Add one above!")).toBeVisible();
});

test("a form with a file is posted by the browser", async ({ page }) => {
  await page.getByLabel("New todo").evaluate((input: HTMLInputElement) => {
    const file = Object.assign(document.createElement("input"), { type: "file", name: "file" });
    input.form?.append(file);
  });
  await page.getByLabel("New todo").fill("Send a picture");
  const posted = page.waitForRequest((request) => request.isNavigationRequest() && request.method() === "POST");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  expect(new URL((await posted).url()).pathname).toBe("/actions/add-todo");
  await expect(page.getByRole("checkbox", { name: "Send a picture" })).toBeVisible();
});

// Guests, and the data they keep when they get an account; with WebAssembly and as plain forms.

import type { Page } from "@playwright/test";
import { addTodo, expectDashboardOf, expectSignedOut, newPerson, sendSignIn, sendSignUp, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

/** Signs in as a guest and adds a todo. */
async function beginAsGuest(page: Page, todo: string): Promise<void> {
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByText("Signed in as Guest")).toBeVisible();
  await addTodo(page, todo);
}

test("a guest who signs up keeps the todos", async ({ page, open }) => {
  const person = newPerson();
  await open("/sign-in");
  await beginAsGuest(page, "Begun as a guest");
  await page.getByRole("main").getByRole("link", { name: "Sign up" }).click();
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);
  await expect(page.getByRole("checkbox", { name: "Begun as a guest" })).toBeVisible();
  await expect(page.getByText("to keep your todos")).toHaveCount(0);
});

test("a guest who signs in brings the todos along", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await open("/sign-in");
  await beginAsGuest(page, "Begun as a guest");
  await open("/settings");
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Try it as a guest" })).toHaveCount(0);
  await sendSignIn(page, { ...person, password: "not the password" });
  await expect(page.getByRole("alert")).toHaveText("Invalid email or password");
  await sendSignIn(page, person);
  await expectDashboardOf(page, person);
  await expect(page.getByRole("checkbox", { name: "Begun as a guest" })).toBeVisible();
});

test("a guest deletes the account by typing a word", async ({ page, open }) => {
  await open("/sign-in");
  await beginAsGuest(page, "Gone in a moment");
  await open("/settings");
  await expect(page.getByText("You are here as a guest.")).toBeVisible();
  const deletion = page.getByRole("region", { name: "Delete your account" });
  await deletion.getByLabel(/to confirm/).fill("delete");
  await deletion.getByRole("button", { name: "Delete my account" }).click();
  await expect(page).toHaveURL("/");
  await expectSignedOut(page);
});

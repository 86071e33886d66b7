// A GitHub account in addition to a password: linked and unlinked in the settings, and linked automatically only if
// both sides have confirmed the address.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { UNCONFIRMED } from "../support/fake-providers-data.mjs";
import { fakeGithub } from "../support/providers";
import { linkInMail } from "../support/mail-links";
import { expectDashboardOf, expectSignedOut, newPerson, type Person, signInByApi, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

const accounts = (page: Page) => page.getByRole("region", { name: "Linked accounts" });

/** Creates a person with the same address at GitHub and here, and GitHub's page for them. */
async function atGithub(page: Page, prefix = "octo-"): Promise<Person> {
  const login = `${prefix}${randomUUID().slice(0, 8)}`;
  await fakeGithub(page, login);
  return { ...newPerson(), email: `${login}@github.example` };
}

/** Presses a button that leads to GitHub, and agrees there. */
async function authorize(page: Page, button: string): Promise<void> {
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("link", { name: "Authorize" }).click();
}

test("GitHub is linked in the settings, signs in to the same account, and is unlinked", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL, await atGithub(page));
  await open("/settings");
  await authorize(page, "Link GitHub");
  await expect(page).toHaveURL("/settings");
  await expect(accounts(page).getByText("GitHub is linked")).toBeVisible();

  await page.goto("about:blank");
  await context.clearCookies();
  await open("/sign-in");
  await authorize(page, "Sign in with GitHub");
  await expectDashboardOf(page, person);

  await open("/settings");
  await accounts(page).getByRole("button", { name: "Unlink GitHub" }).click();
  await expect(page.getByText("The account is unlinked.")).toBeVisible();
  await expect(accounts(page).getByRole("button", { name: "Link GitHub" })).toBeVisible();
});

test("a GitHub account with another address is not linked", async ({ page, context, baseURL, open }) => {
  await atGithub(page);
  const person = await signUpByApi(context, baseURL);
  await open("/settings");
  await authorize(page, "Link GitHub");
  await expect(page).toHaveURL(/\/settings\?.*error=/);
  await expect(page.getByRole("alert").filter({ hasText: "has a different address" })).toBeVisible();
  await expect(accounts(page).getByText("GitHub is linked")).toHaveCount(0);
  await open("/dashboard");
  await expectDashboardOf(page, person);
});

test("the last way to sign in cannot be unlinked", async ({ page, open }) => {
  const person = await atGithub(page);
  await open("/sign-in");
  await authorize(page, "Sign in with GitHub");
  await expect(page).toHaveURL("/dashboard");
  await open("/settings");
  await accounts(page).getByRole("button", { name: "Unlink GitHub" }).click();
  await expect(accounts(page).getByRole("alert")).toHaveText(/can't unlink your last account/i);
  await open("/settings");
  await expect(accounts(page).getByText("GitHub is linked")).toBeVisible();
  await expect(page.getByRole("main").getByText(person.email).first()).toBeVisible();
});

test("GitHub does not sign in to an account with an unconfirmed address, and does once it is confirmed", async ({ page, context, baseURL, open }) => {
  // Its creator may not be the person who signs in with GitHub now.
  const person = await signUpByApi(context, baseURL, await atGithub(page));
  const confirm = await linkInMail(page, person.email, /^Confirm your/);
  await page.goto("about:blank");
  await context.clearCookies();
  await open("/sign-in?callbackURL=%2Fprotected");
  await authorize(page, "Sign in with GitHub");
  await expect(page).toHaveURL(/\/sign-in\?.*error=account_not_linked/);
  await expect(page.getByRole("alert").filter({ hasText: "Sign in to it another way" })).toBeVisible();
  await expectSignedOut(page);

  await page.goto("about:blank");
  await context.clearCookies();
  await signInByApi(context, baseURL, person);
  await page.goto(confirm);
  await expect(page.getByText("Your email address is confirmed.")).toBeVisible();
  await page.goto("about:blank");
  await context.clearCookies();
  await open("/sign-in?callbackURL=%2Fprotected");
  await authorize(page, "Sign in with GitHub");
  await expect(page).toHaveURL("/protected");
  await open("/dashboard");
  await expectDashboardOf(page, person);
});

test("GitHub does not sign in to an account if GitHub has not confirmed the address", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL, await atGithub(page, UNCONFIRMED));
  await page.goto(await linkInMail(page, person.email, /^Confirm your/));
  await expect(page.getByText("Your email address is confirmed.")).toBeVisible();
  await page.goto("about:blank");
  await context.clearCookies();
  await open("/sign-in?callbackURL=%2Fprotected");
  await authorize(page, "Sign in with GitHub");
  await expect(page).toHaveURL(/\/sign-in\?.*error=account_not_linked/);
  await expectSignedOut(page);
});

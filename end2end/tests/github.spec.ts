// Sign-in with GitHub against a fake one: its page in the browser, its API in the functions' process.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { fakeGithub } from "../support/github";
import { accountLink, expectDashboardOf, expectSignedOut, signUpByApi } from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

const newLogin = () => `octo-${randomUUID().slice(0, 8)}`;
const personOf = (login: string) => ({ name: `Octo ${login}`, email: `${login}@github.example`, password: "" });

/** Presses the button and waits for GitHub's page. */
async function goToGithub(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign in with GitHub" }).click();
  await expect(page.getByRole("heading", { name: "Authorize" })).toBeVisible();
}

test("authorize leads to the dashboard, twice to the same account", async ({ page, context, open }) => {
  const login = newLogin();
  await fakeGithub(page, login);
  const users: unknown[] = [];
  for (let visit = 0; visit < 2; visit++) {
    await context.clearCookies();
    await open("/sign-in");
    await goToGithub(page);
    await expect(page.getByText(/Scopes: .*user:email/)).toBeVisible();
    await page.getByRole("link", { name: "Authorize" }).click();
    await expectDashboardOf(page, personOf(login));
    const user = JSON.parse((await page.getByLabel("Your user").locator("pre").textContent()) ?? "");
    expect(user.emailVerified).toBe(true);
    users.push(user._id);
  }
  expect(users[0]).toBe(users[1]);
});

test("authorize leads back to where the person wanted", async ({ page, open }) => {
  await fakeGithub(page, newLogin());
  await open("/sign-in?callbackURL=%2Fprotected");
  await goToGithub(page);
  await page.getByRole("link", { name: "Authorize" }).click();
  await expect(page).toHaveURL("/protected");
  await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();
});

test("who denies is back at sign-in, signed out", async ({ page, open }) => {
  await fakeGithub(page, newLogin());
  await open("/sign-in");
  await goToGithub(page);
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/sign-in\?.*error=access_denied/);
  await expectSignedOut(page);
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in with GitHub" })).toBeEnabled();
});

test("a state that was not given to this browser signs nobody in", async ({ page, newVisitor, open }) => {
  await fakeGithub(page, newLogin());
  await open("/sign-in");
  await goToGithub(page);
  const callback = (await page.getByRole("link", { name: "Authorize" }).getAttribute("href")) ?? "";

  // Another browser, as in a forged link that would sign a victim in to the attacker's account.
  const victim = await newVisitor();
  await victim.page.goto(callback);
  await expect(victim.page).toHaveURL(/error=/);
  await victim.page.goto("/");
  await expectSignedOut(victim.page);

  // The browser it was given to, with another state.
  const forged = new URL(callback);
  forged.searchParams.set("state", "forged");
  await page.goto(forged.href);
  await expect(page).toHaveURL(/error=/);
  await page.goto("/");
  await expectSignedOut(page);
});

test("a code GitHub does not accept signs nobody in", async ({ page, open }) => {
  await fakeGithub(page, newLogin());
  await open("/sign-in");
  await goToGithub(page);
  const callback = new URL((await page.getByRole("link", { name: "Authorize" }).getAttribute("href")) ?? "");
  callback.searchParams.set("code", Buffer.from('{"clientId":"another"}').toString("base64url"));
  await page.goto(callback.href);
  await expect(page).toHaveURL(/error=/);
  await page.goto("/");
  await expect(accountLink(page, "Sign in")).toBeVisible();
});

test("where GitHub is not set up its buttons say so before they are pressed", async ({ page, context }) => {
  const server = await Server.start({ github: false });
  try {
    await page.goto(`${server.url}/sign-in`);
    await expectExplained(page, "Sign in with GitHub");
    // The other way to sign in is not in the way of it.
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeEnabled();

    await signUpByApi(context, server.url);
    await page.goto(`${server.url}/settings`);
    await expectExplained(page, "Link GitHub");
  } finally {
    await server.remove();
  }
});

async function expectExplained(page: Page, name: string): Promise<void> {
  const button = page.getByRole("button", { name });
  await expect(button).toBeDisabled();
  await expect(button).toHaveAccessibleDescription(/GitHub is not set up on this server \(GITHUB_CLIENT_ID/);
}

test("linking that did not work out is told where it was begun", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL ?? "");
  await open("/settings?error=access_denied");
  await expect(page.getByRole("alert").filter({ hasText: "Linking was cancelled" })).toBeVisible();
  await open("/settings?error=account_already_linked_to_different_user");
  await expect(page.getByRole("alert").filter({ hasText: "linked to another account" })).toBeVisible();
});

// Sign-in with providers against fake ones: their pages in the browser, their APIs in the functions' process.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { fakeGithub, fakeProvider } from "../support/providers";
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

test("authorizing leads to the dashboard, and a second time to the same account", async ({ page, context, open }) => {
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

test("authorizing leads back to the page that was wanted", async ({ page, open }) => {
  await fakeGithub(page, newLogin());
  await open("/sign-in?callbackURL=%2Fprotected");
  await goToGithub(page);
  await page.getByRole("link", { name: "Authorize" }).click();
  await expect(page).toHaveURL("/protected");
  await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();
});

test("denying leads back to sign-in, signed out", async ({ page, open }) => {
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

test("where no provider is set up, the button says so before it is pressed", async ({ page, context }) => {
  const server = await Server.start({ providers: [] });
  try {
    await page.goto(`${server.url}/sign-in`);
    await expectExplained(page, "Sign in with GitHub");
    // Signing in with a password works.
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

test("a failed linking is reported in the settings", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL ?? "");
  await open("/settings?error=access_denied");
  await expect(page.getByRole("alert").filter({ hasText: "Linking was cancelled" })).toBeVisible();
  await open("/settings?error=account_already_linked_to_different_user");
  await expect(page.getByRole("alert").filter({ hasText: "linked to another account" })).toBeVisible();
});

test.describe("a second provider", () => {
  let server: Server;
  test.beforeAll(async () => {
    server = await Server.start({ providers: ["google", "github"] });
  });
  test.afterAll(async () => server.remove());

  test("has its own button, signs in, and is linked beside the first", async ({ page }) => {
    const login = newLogin();
    await fakeProvider(page, "google", login);
    await page.goto(`${server.url}/sign-in`);
    const buttons = page.getByRole("button", { name: /^Sign in with/ });
    await expect(buttons).toHaveText([/GitHub/, /Google/]);
    await buttons.filter({ hasText: "Google" }).click();
    await expect(page.getByText(/Scopes: .*email profile openid/)).toBeVisible();
    await page.getByRole("link", { name: "Authorize" }).click();
    await expect(page).toHaveURL(`${server.url}/dashboard`);

    await page.goto(`${server.url}/settings`);
    await expect(page.getByText(`Signed in as Goo ${login}, ${login}@google.example`)).toBeVisible();
    const accounts = page.getByRole("region", { name: "Linked accounts" });
    await expect(accounts.getByText("Google is linked")).toBeVisible();
    await expect(accounts.getByRole("button")).toHaveText(["Unlink Google", "Link GitHub"]);
    // Another address at GitHub: refused, and the message names the right provider.
    await fakeGithub(page, newLogin());
    await accounts.getByRole("button", { name: "Link GitHub" }).click();
    await page.getByRole("link", { name: "Authorize" }).click();
    await expect(accounts.getByRole("alert")).toHaveText(/^Your GitHub account has a different address/);
    await accounts.getByRole("button", { name: "Unlink Google" }).click();
    await expect(accounts.getByRole("alert")).toHaveText(/can't unlink your last account/i);
  });

  test("is offered alone where only it is set up", async ({ page }) => {
    const alone = await Server.start({ providers: ["google"] });
    try {
      await page.goto(`${alone.url}/sign-in`);
      await expect(page.getByRole("button", { name: /^Sign in with/ })).toHaveText(["Sign in with Google"]);
      const refused = await page.request.post(`${alone.url}/actions/sign-in-provider`, {
        form: { provider: "github" },
        headers: { origin: alone.url, accept: "application/json" },
      });
      expect(await refused.text()).toContain("GitHub is not set up on this server (GITHUB_CLIENT_ID");
    } finally {
      await alone.remove();
    }
  });
});

// The settings of an account; with WebAssembly and as plain forms.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "@playwright/test";
import { functionsWith, removeFunctions } from "../support/functions";
import { fakeGithub } from "../support/providers";
import { codeInMail } from "../support/mail-links";
import { expectDashboardOf, expectSignedOut, newPerson, sendSignIn, signInByApi, signUpByApi, switchSecondFactorOn } from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";
import { totp } from "../support/totp";

const part = (page: Page, name: string) => page.getByRole("region", { name });

test("a visitor to the settings signs in first and comes back", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await open("/settings");
  await expect(page).toHaveURL("/sign-in?callbackURL=%2Fsettings");
  await sendSignIn(page, person);
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
});

test("a new name is on the dashboard", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/settings");
  const profile = part(page, "Profile");
  await expect(profile.getByLabel("Name")).toHaveValue(person.name);
  await profile.getByLabel("Name").fill("");
  await profile.getByRole("button", { name: "Save" }).click();
  await expect(profile.getByLabel("Name")).toHaveAccessibleDescription("Enter your name");
  await profile.getByLabel("Name").fill("Grace <b>Hopper</b>");
  await profile.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your name is changed.")).toBeVisible();
  await open("/dashboard");
  await expectDashboardOf(page, { ...person, name: "Grace <b>Hopper</b>" });
});

test("a new password ends the other sessions and keeps this one", async ({ page, context, baseURL, open, newVisitor }) => {
  const person = await signUpByApi(context, baseURL);
  const other = await newVisitor();
  await signInByApi(other.context, baseURL, person);
  await open("/settings");
  await expect(part(page, "Devices").getByRole("listitem")).toHaveCount(2);
  const password = part(page, "Password");
  // Password managers use this field.
  await expect(password.locator("input[autocomplete=username]")).toHaveValue(person.email);
  await password.getByLabel("Current password").fill("wrong password");
  await password.getByLabel("New password").fill("a better password");
  await password.getByRole("button", { name: "Change the password" }).click();
  await expect(password.getByLabel("Current password")).toHaveAccessibleDescription(/invalid password/i);
  await password.getByLabel("Current password").fill(person.password);
  await password.getByLabel("New password").fill("a better password");
  await password.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("Your password is changed.")).toBeVisible();
  await expect(part(page, "Devices").getByRole("listitem")).toHaveCount(1);
  await other.page.goto(`${baseURL}/settings`);
  await expect(other.page).toHaveURL(/\/sign-in\?callbackURL=/);
});

test("a session on another device can be ended", async ({ page, context, baseURL, open, newVisitor }) => {
  const person = await signUpByApi(context, baseURL);
  const other = await newVisitor();
  await signInByApi(other.context, baseURL, person);
  await open("/settings");
  const devices = part(page, "Devices");
  await expect(devices.getByRole("listitem").first()).toContainText("This device");
  await devices.getByRole("button", { name: "End session" }).click();
  await expect(page.getByText("That device is signed out.")).toBeVisible();
  await expect(devices.getByRole("listitem")).toHaveCount(1);
});

test("a second factor being set up is not shown to the next person in the same browser", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/settings");
  const setting = part(page, "Two-factor sign-in");
  await setting.getByLabel("Password").fill(person.password);
  await setting.getByRole("button", { name: "Set it up" }).click();
  await expect(setting.getByRole("img", { name: /QR code/ })).toBeVisible();

  await signUpByApi(context, baseURL);
  await open("/settings");
  await expect(setting.getByRole("button", { name: "Set it up" })).toBeVisible();
  await expect(setting.getByRole("img", { name: /QR code/ })).toHaveCount(0);
});

test("two-factor sign-in, by code and by backup code", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/settings");
  const setting = part(page, "Two-factor sign-in");
  await setting.getByLabel("Password").fill(person.password);
  await setting.getByRole("button", { name: "Set it up" }).click();
  await expect(setting.getByRole("img", { name: /QR code/ })).toBeVisible();
  const secret = (await setting.locator(".secret").textContent()) ?? "";
  const backup = (await setting.getByRole("listitem").first().textContent()) ?? "";
  await setting.getByLabel("Code from the app").fill("000000");
  await setting.getByRole("button", { name: "Switch it on" }).click();
  await expect(setting.getByLabel("Code from the app")).toHaveAccessibleDescription(/invalid code/i);
  await setting.getByLabel("Code from the app").fill(totp(`otpauth://totp/x?secret=${secret}`));
  await setting.getByRole("button", { name: "Switch it on" }).click();
  await expect(page.getByText("Two-factor sign-in is on.")).toBeVisible();
  await expect(setting.getByText("On: signing in takes a code")).toBeVisible();

  for (const code of [() => totp(`otpauth://totp/x?secret=${secret}`, 1), () => backup]) {
    // A page that is still open may be fetching a token, and the answer would set a cookie.
    await page.goto("about:blank");
    await context.clearCookies();
    await open("/sign-in?callbackURL=%2Fprotected");
    await sendSignIn(page, person);
    await expect(page).toHaveURL("/two-factor?callbackURL=%2Fprotected");
    await page.goto("/dashboard");
    await expectSignedOut(page);
    await open("/two-factor?callbackURL=%2Fprotected");
    await page.getByLabel("Code").fill("no-such-code");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByLabel("Code")).toHaveAccessibleDescription(/invalid/i);
    await page.getByLabel("Code").fill(code());
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page).toHaveURL("/protected");
    await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();
  }
});

test("a code can also be sent by mail", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await switchSecondFactorOn(context, baseURL, person);
  await context.clearCookies();

  await open("/sign-in?callbackURL=%2Fprotected");
  await sendSignIn(page, person);
  await page.getByRole("button", { name: "Email me a code instead" }).click();
  await expect(page.getByRole("status").filter({ hasText: "A mail with a code is on its way" })).toBeVisible();
  const code = await codeInMail(page, person.email);
  await page.getByLabel("Code").fill(code === "000000" ? "111111" : "000000");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByLabel("Code")).toHaveAccessibleDescription(/invalid/i);
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL("/protected");
  await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();
});

test("an account is deleted after typing its password and a word", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/settings");
  const deletion = part(page, "Delete your account");
  await deletion.getByLabel("Password").fill(person.password);
  await deletion.getByRole("button", { name: "Delete my account" }).click();
  await expect(deletion.getByLabel(/to confirm/)).toHaveAccessibleDescription(/Type the word/);
  await deletion.getByLabel("Password").fill(person.password);
  await deletion.getByLabel(/to confirm/).fill("delete");
  await deletion.getByRole("button", { name: "Delete my account" }).click();
  await expect(page).toHaveURL("/");
  await expectSignedOut(page);
  await open("/sign-in");
  await sendSignIn(page, person);
  await expect(page.getByRole("alert")).toHaveText("Invalid email or password");
});

test.describe("where a session is no longer fresh after two seconds", () => {
  let server: Server;
  let functions: string;
  test.beforeAll(async () => {
    functions = functionsWith("auth.ts", "baseURL:", "session: { freshAge: 2 }, baseURL:");
    server = await Server.start({ functions });
  });
  test.afterAll(async () => {
    await server.remove();
    removeFunctions(functions);
  });

  test("an account without a password is deleted after signing in again", async ({ page }) => {
    await fakeGithub(page, `octo-${randomUUID().slice(0, 8)}`);
    const signIn = async () => {
      await page.getByRole("button", { name: "Sign in with GitHub" }).click();
      await page.getByRole("link", { name: "Authorize" }).click();
    };
    await page.goto(`${server.url}/sign-in?callbackURL=%2Fsettings`);
    await signIn();
    const deletion = part(page, "Delete your account");
    await expect(deletion.getByLabel(/to confirm/)).toBeVisible();
    await expect(deletion.getByLabel("Password")).toHaveCount(0);
    await pause(3_000);
    const remove = async () => {
      await deletion.getByLabel(/to confirm/).fill("delete");
      await deletion.getByRole("button", { name: "Delete my account" }).click();
    };
    await remove();
    await expect(deletion.getByRole("alert")).toHaveText(/Sign in again, then delete the account/);

    await deletion.getByRole("button", { name: "Sign in again" }).click();
    await expect(page).toHaveURL(`${server.url}/sign-in?callbackURL=%2Fsettings`);
    await expectSignedOut(page);
    await signIn();
    await expect(page).toHaveURL(`${server.url}/settings`);
    await remove();
    await expect(page).toHaveURL(`${server.url}/`);
    await expectSignedOut(page);
  });
});

test("a long name or address does not widen a page on a phone", async ({ page, context, baseURL, open }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const name = `Ada${"a".repeat(40)}`;
  const email = `${"a".repeat(50)}.${randomUUID().slice(0, 8)}@example.com`;
  await signUpByApi(context, baseURL, { ...newPerson(), name, email });
  for (const path of ["/settings", "/dashboard", "/protected"]) {
    await open(path);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wider, path).toBeLessThanOrEqual(0);
  }
});

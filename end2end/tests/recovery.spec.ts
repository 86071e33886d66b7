// Forgotten passwords and addresses to confirm, with the development mailbox.

import { linkInMail } from "../support/mail-links";
import { expectDashboardOf, newPerson, sendSignIn, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

test("a forgotten password is replaced, and signing in with the new one leads to the page that was wanted", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await open("/sign-in?callbackURL=%2Fprotected");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(page.getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
  await page.getByLabel("Email").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("status").filter({ hasText: "If there is an account" })).toBeVisible();
  // A person who remembers the password can still go to the page they wanted.
  await expect(page.getByRole("main").getByRole("link", { name: "Back to sign-in" })).toHaveAttribute("href", /callbackURL=%2Fprotected/);

  await open(await linkInMail(page, person.email, /^Reset/));
  await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  await expect(page.getByText(`For the account ${person.email}.`)).toBeVisible();
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByLabel("New password")).toHaveAccessibleDescription(/too short/i);
  const password = "a better password";
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("Your new password is set. Sign in with it.")).toBeVisible();

  await sendSignIn(page, { ...person, password });
  await expect(page).toHaveURL("/protected");
});

test("an unknown address is answered like a known one", async ({ page, open }) => {
  await open("/forgot-password");
  await page.getByLabel("Email").fill(newPerson().email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("status").filter({ hasText: "If there is an account" })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a link without a token, or with a made-up one, sets no password", async ({ page, open }) => {
  await open("/reset-password");
  await expect(page.getByRole("heading", { name: "Invalid link" })).toBeVisible();
  await open("/reset-password?token=made-up");
  await expect(page.getByRole("heading", { name: "Invalid link" })).toBeVisible();
  await expect(page.getByLabel("New password")).toHaveCount(0);
});

test("an address is confirmed by the link in a mail", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/settings");
  await expect(page.getByText("not confirmed yet")).toBeVisible();
  await page.getByRole("button", { name: "Send a link to confirm it" }).click();
  await expect(page.getByText("If this address has to be confirmed")).toBeVisible();
  await open(await linkInMail(page, person.email, /^Confirm your/));
  await expect(page.getByText("Your email address is confirmed.")).toBeVisible();
  await open("/settings");
  await expect(page.getByText("confirmed", { exact: false }).first()).toBeVisible();
  await expect(page.getByText("not confirmed yet")).toHaveCount(0);
  await open("/dashboard");
  await expectDashboardOf(page, person);
});

test("an invalid confirmation link says so", async ({ page, open }) => {
  await open("/verify-email?error=INVALID_TOKEN&done=verified");
  await expect(page.getByRole("alert")).toHaveText(/has been used, has expired/);
  await expect(page.getByText("Your email address is confirmed.")).toHaveCount(0);
});

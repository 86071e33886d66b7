// Sign-in by mail, without a password; with WebAssembly and as plain forms.

import type { Page } from "@playwright/test";
import { codeInMail, linkInMail } from "../support/mail-links";
import { expectDashboardOf, expectSignedOut, newPerson, sendSignIn, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

/** Requests a mail, starting at the sign-in page. */
async function askForMail(page: Page, email: string, what: "code" | "link"): Promise<void> {
  await page.getByRole("link", { name: "Email me a code or a link" }).click();
  await expect(page.getByRole("heading", { name: "Sign in by email" })).toBeVisible();
  await page.getByLabel("Email").fill(email);
  await page.getByRole("radio", { name: new RegExp(what) }).check();
  await page.getByRole("button", { name: "Send the mail" }).click();
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

test("a code signs in and leads to the page that was wanted", async ({ page, open }) => {
  const { email } = newPerson();
  await open("/sign-in?callbackURL=%2Fprotected");
  await askForMail(page, email, "code");
  await expect(page).toHaveURL("/sign-in/code?callbackURL=%2Fprotected");
  await expect(page.getByText(`We sent it to ${email}.`)).toBeVisible();
  const code = await codeInMail(page, email);

  await enterCode(page, "");
  await expect(page.getByLabel("Code")).toHaveAccessibleDescription(/^Enter the code/);
  await enterCode(page, code === "000000" ? "111111" : "000000");
  await expect(page.getByLabel("Code")).toHaveAccessibleDescription(/^Invalid code/);
  // Some mail programs show it like this.
  await enterCode(page, `${code.slice(0, 3)} ${code.slice(3)}`);
  await expect(page).toHaveURL("/protected");
  await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();
  // A person without an account has one now, named after the address.
  await open("/dashboard");
  await expectDashboardOf(page, { name: email.split("@")[0] ?? "", email, password: "" });
});

test("a link signs in once and leads to the page that was wanted", async ({ page, context, newVisitor, open }) => {
  const { email } = newPerson();
  await open("/sign-in?callbackURL=%2Fprotected");
  await askForMail(page, email, "link");
  await expect(page.getByRole("status").filter({ hasText: "A mail with a link is on its way" })).toBeVisible();
  const link = await linkInMail(page, email, /sign-in link/);
  await page.goto(link);
  await expect(page).toHaveURL("/protected");
  await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();

  const other = await newVisitor();
  await other.page.goto(link);
  await expect(other.page.getByRole("heading", { name: "Invalid link" })).toBeVisible();
  await expect(other.page.getByText(/has been used, has expired/)).toBeVisible();
  await expectSignedOut(other.page);
  await context.clearCookies();
});

test("an invalid address is refused beside its field, and a code works only in the browser that requested it", async ({ page, open }) => {
  await open("/sign-in/email");
  await page.getByRole("button", { name: "Send the mail" }).click();
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription("Enter your email address");
  await page.getByLabel("Email").fill("no address");
  await page.getByRole("button", { name: "Send the mail" }).click();
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/invalid email/i);
  await expect(page.getByLabel("Email")).toHaveValue("no address");
  expect(page.url()).not.toContain("address");

  await open("/sign-in/code");
  await enterCode(page, "123456");
  await expect(page.getByRole("alert")).toHaveText("This code has expired. Ask for a new one.");
  await page.getByRole("main").getByRole("link", { name: "Send another one" }).click();
  await expect(page).toHaveURL("/sign-in/email");
});

test("the last used way to sign in is marked", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await page.goto("about:blank");
  await open("/sign-in");
  await expect(page.getByText("Last used")).toHaveCount(0);
  await sendSignIn(page, person);
  await expectDashboardOf(page, person);
  const lastUsed = async (beside: string) => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await expectSignedOut(page);
    await open("/sign-in");
    const way = page.locator(".way").filter({ hasText: beside });
    await expect(way.getByText("Last used")).toBeVisible();
    await expect(page.getByText("Last used")).toHaveCount(1);
  };
  await lastUsed("Sign in");
  await askForMail(page, person.email, "code");
  await enterCode(page, await codeInMail(page, person.email));
  await expectDashboardOf(page, person);
  await lastUsed("Email me a code or a link");
});

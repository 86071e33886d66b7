// Signing up, in and out with the forms; with WebAssembly and as plain forms.

import {
  expectDashboardOf,
  expectSignedOut,
  newPerson,
  sendSignIn,
  sendSignUp,
  signUpByApi,
} from "../support/people";
import { expect, test } from "../support/test";

test("sign up, out, and in again", async ({ page, open }) => {
  const person = newPerson();
  await open("/");
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page).toHaveURL("/sign-up");
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
  await expectSignedOut(page);
  await page.goto("/dashboard");
  await expect(page.getByRole("heading", { name: "Unauthorized" })).toBeVisible();

  await open("/sign-in");
  await sendSignIn(page, person);
  await expectDashboardOf(page, person);
});

test("a form that is sent twice does its work once", async ({ page, open }) => {
  const person = newPerson();
  await open("/sign-up");
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign up" }).dblclick();
  // Passwords are hashed one after the other.
  await expect(page).toHaveURL("/dashboard", { timeout: 30_000 });
  await expectDashboardOf(page, person);
  await expect(page.getByRole("alert")).toHaveCount(0);

  // Signing up with the address and the password of an existing account signs in.
  await page.getByRole("button", { name: "Sign out" }).click();
  await expectSignedOut(page);
  await open("/sign-up");
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);
});

test("a wrong password and an unknown address are refused alike", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  for (const wrong of [{ ...person, password: "not the password" }, newPerson()]) {
    await open("/sign-in");
    await sendSignIn(page, wrong);
    await expect(page.getByRole("alert")).toHaveText("Invalid email or password");
    await expect(page).toHaveURL("/sign-in");
    await expect(page.getByLabel("Email")).toHaveValue(wrong.email);
    await expectSignedOut(page);
  }
  await sendSignIn(page, person);
  await expectDashboardOf(page, person);
});

test("an address with an account cannot sign up again", async ({ page, context, baseURL, open }) => {
  const { email } = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await open("/sign-up");
  await sendSignUp(page, { ...newPerson(), email });
  const field = page.getByLabel("Email");
  await expect(field).toHaveAccessibleDescription(/already exists/);
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveValue(email);
  await expectSignedOut(page);
});

test("each empty field has a message beside it, and the first one is focused", async ({ page, open }) => {
  await open("/sign-up");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Name")).toHaveAccessibleDescription("Enter your name");
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription("Enter your email address");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/^Enter a password/);
  await expect(page.getByLabel("Name")).toBeFocused();

  await open("/sign-in");
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription("Enter your password");
  await expect(page.getByLabel("Password")).toBeFocused();
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription("");
  await expect(page.getByLabel("Email")).toHaveValue("ada@example.com");
});

test("an error of Better Auth is shown beside its field", async ({ page, open }) => {
  await open("/sign-up");
  await sendSignUp(page, { ...newPerson(), password: "short" });
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/too short/i);
  await expect(page.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");

  await open("/sign-up");
  await sendSignUp(page, { ...newPerson(), email: "no address" });
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/invalid email/i);
  await expect(page.getByLabel("Email")).toHaveAttribute("aria-invalid", "true");
});

test("names and passwords in any script", async ({ page, open }) => {
  const person = { ...newPerson(), name: `Zoë "O’Neil" <b>漢字</b> 🙂`, password: "pässwörter & <más> 漢字" };
  await open("/sign-up");
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);
});

test("the address of a refused form contains nothing that was typed", async ({ page, open }) => {
  const person = newPerson();
  await open("/sign-in");
  await sendSignIn(page, person);
  await expect(page.getByRole("alert")).toBeVisible();
  expect(decodeURIComponent(page.url())).not.toContain(person.email);
  expect(page.url()).not.toContain("password");
  // The refusal is shown once. When the page is loaded again, it is gone.
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

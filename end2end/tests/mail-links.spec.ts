// Links in mails, opened by the recipient, in another browser, from another site, by a scanner; with WebAssembly and as
// plain forms.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { linkInMail } from "../support/mail-links";
import { addTodo, expectDashboardOf, expectSignedOut, newPerson, type Person, sendSignIn, signInByApi, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";
import { totp } from "../support/totp";

test.describe.configure({ timeout: 90_000 });

/** Requests a sign-in link in a separate browser. */
async function askForLink(page: Page, email: string): Promise<string> {
  await page.goto("/sign-in/email");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("radio", { name: /link/ }).check();
  await page.getByRole("button", { name: "Send the mail" }).click();
  await expect(page.getByText("A mail with a link is on its way")).toBeVisible();
  return linkInMail(page, email, /sign-in link/);
}

/** Opens `address` from a page of another site, as a navigation of the whole window. */
async function openFromAnotherSite(page: Page, address: string): Promise<void> {
  const link = `<a id="go" href="${address.replaceAll("&", "&amp;")}">A prize</a>`;
  const site = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(link)).listen(0, "127.0.0.1");
  await once(site, "listening");
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.locator("#go").click();
  await page.waitForURL((url) => url.hostname === "localhost");
  site.close();
}

/** Returns the link as Better Auth would have written it. */
const asBetterAuth = (link: string, route: string) => {
  const { origin, search } = new URL(link);
  return `${origin}/api/auth${route}${search}`;
};

async function beginAsGuest(page: Page, todo: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expect(page.getByText("Signed in as Guest")).toBeVisible();
  await addTodo(page, todo);
}

const todo = (page: Page, text: string) => page.getByRole("checkbox", { name: text });

test("a sign-in link opened from another site changes nothing until the button is pressed", async ({ page, context, baseURL, newVisitor }) => {
  const mallory = newPerson();
  const { page: malloryPage } = await newVisitor();
  const link = await askForLink(malloryPage, mallory.email);
  const person = await signUpByApi(context, baseURL);
  for (const address of [link, asBetterAuth(link, "/magic-link/verify")]) {
    await openFromAnotherSite(page, address);
    await expect(page).toHaveURL(/\/sign-in\/link\?token=/);
    await expect(page.getByText(`This link signs in as ${mallory.email}.`)).toBeVisible();
    await expect(page.getByText(`You are signed in as ${person.email}`)).toBeVisible();
    await page.goto("/dashboard");
    await expectDashboardOf(page, person);
  }
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectDashboardOf(page, { ...mallory, name: mallory.email.split("@")[0] ?? "" });
});

test("a guest who opens a sign-in link keeps the todos, and takes them along when the button is pressed", async ({ page, newVisitor }) => {
  const { email } = newPerson();
  const { page: elsewhere } = await newVisitor();
  const link = await askForLink(elsewhere, email);
  await beginAsGuest(page, "A private note");
  await openFromAnotherSite(page, asBetterAuth(link, "/magic-link/verify"));
  await expect(page.getByText("You are here as a guest.")).toBeVisible();
  await page.goto("/dashboard");
  await expect(page.getByText("Signed in as Guest")).toBeVisible();
  await expect(todo(page, "A private note")).toBeVisible();
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectDashboardOf(page, { name: email.split("@")[0] ?? "", email, password: "" });
  await expect(todo(page, "A private note")).toBeVisible();
});

test("scanners do not use up a link, and a browser that did not request it shows a button first", async ({ page, baseURL, newVisitor }) => {
  const { email } = newPerson();
  const { page: phone } = await newVisitor();
  const link = await askForLink(phone, email);
  for (const address of [link, asBetterAuth(link, "/magic-link/verify")]) {
    for (const method of ["GET", "HEAD"]) {
      for (const headers of [{}, { accept: "text/html" }, { "sec-purpose": "prefetch;prerender" }]) {
        const answer = await fetch(address, { method, headers: headers as Record<string, string> });
        expect(answer.status).toBe(200);
        expect(answer.headers.getSetCookie()).toEqual([]);
        expect(answer.headers.get("cache-control")).toContain("no-store");
      }
    }
  }
  await page.goto(link);
  await expect(page.getByText(`This link signs in as ${email}.`)).toBeVisible();
  await expectSignedOut(page);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL(`${baseURL}/dashboard`);
});

test("the browser that requested a link is signed in at once, unless somebody else is signed in there", async ({ page, context, baseURL }) => {
  const { email } = newPerson();
  const link = await askForLink(page, email);
  const person = await signUpByApi(context, baseURL);
  await page.goto(link);
  await expect(page.getByText(`You are signed in as ${person.email}`)).toBeVisible();
  await page.goto("/dashboard");
  await expectDashboardOf(page, person);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expectSignedOut(page);
  await page.goto(link);
  await expectDashboardOf(page, { name: email.split("@")[0] ?? "", email, password: "" });
});

test("a link that confirms another person's address neither signs in nor confirms", async ({ page, context, baseURL, newVisitor }) => {
  const { page: malloryPage, context: malloryContext } = await newVisitor();
  const mallory = await signUpByApi(malloryContext, baseURL);
  const link = await linkInMail(malloryPage, mallory.email, /^Confirm your/);
  const person = await signUpByApi(context, baseURL);
  for (const address of [link, asBetterAuth(link, "/verify-email")]) {
    await openFromAnotherSite(page, address);
    await expect(page.getByRole("heading", { name: "Did you make this account?" })).toBeVisible();
    await expect(page.getByText(`You are signed in as ${person.email} in this browser.`)).toBeVisible();
    await page.goto("/dashboard");
    await expectDashboardOf(page, person);
  }
  await malloryPage.goto("/settings");
  await expect(malloryPage.getByText("not confirmed yet")).toBeVisible();
});

test("the person who created an account signs in to confirm its address on another device", async ({ page, context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  const link = await linkInMail(page, person.email, /^Confirm your/);
  await context.clearCookies();
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("button", { name: "Yes, sign in and confirm" }).click();
  await sendSignIn(page, person);
  await expect(page.getByText(/is confirmed\.|Confirm your email address\?/)).toBeVisible();
  const confirm = page.getByRole("button", { name: "Confirm" });
  if (await confirm.isVisible()) await confirm.click();
  await expect(page.getByText("Your email address is confirmed.")).toBeVisible();
});

test("an account that somebody else created can be taken over, and they lose access", async ({ page, baseURL, newVisitor }) => {
  const { page: malloryPage, context: malloryContext } = await newVisitor();
  const made: Person = await signUpByApi(malloryContext, baseURL);
  await page.goto(await linkInMail(page, made.email, /^Confirm your/));
  await page.getByRole("button", { name: "No, take it over" }).click();
  await expect(page.getByText("The account is yours now")).toBeVisible();
  await expectSignedOut(page);
  const answer = await malloryContext.request.post(`${baseURL}/api/auth/sign-in/email`, { headers: { origin: baseURL }, data: made });
  expect(answer.status()).toBe(401);
  const session = await malloryContext.request.get(`${baseURL}/api/auth/get-session`);
  expect(await session.json()).toBeNull();
  await malloryPage.close();
});

test("a guest who signs in with a second factor keeps the todos", async ({ page, context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  const headers = { origin: baseURL };
  const enabled = await context.request.post(`${baseURL}/api/auth/two-factor/enable`, { headers, data: { password: person.password } });
  const { totpURI, backupCodes } = (await enabled.json()) as { totpURI: string; backupCodes: string[] };
  const confirmed = await context.request.post(`${baseURL}/api/auth/two-factor/verify-totp`, { headers, data: { code: totp(totpURI) } });
  expect(confirmed.status()).toBe(200);
  await context.clearCookies();

  await beginAsGuest(page, "Begun as a guest");
  await page.goto("/sign-in");
  await sendSignIn(page, person);
  await expect(page.getByRole("heading", { name: "Enter your code" })).toBeVisible();
  await page.getByLabel("Code").fill(backupCodes[0] ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectDashboardOf(page, person);
  await expect(todo(page, "Begun as a guest")).toBeVisible();
});

test("a link that changes an address works only in a session of its account", async ({ page, context, baseURL, newVisitor }) => {
  const person = await signUpByApi(context, baseURL);
  await page.goto(await linkInMail(page, person.email, /^Confirm your/));
  await expect(page.getByText("Your email address is confirmed.")).toBeVisible();
  const email = newPerson().email;
  await context.request.post(`${baseURL}/api/auth/change-email`, { headers: { origin: baseURL }, data: { newEmail: email } });
  const agree = await linkInMail(page, person.email, /change of your email/);
  const other = await newVisitor();
  await other.page.goto(agree);
  await expect(other.page.getByRole("heading", { name: "Sign in to change your email address" })).toBeVisible();

  await page.goto(agree);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Now follow the link in the mail we sent to the new address.")).toBeVisible();
  await page.goto(await linkInMail(page, email, /^Confirm your/));
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Your email address is confirmed.")).toBeVisible();
  await context.clearCookies();
  await signInByApi(context, baseURL, { ...person, email });
});

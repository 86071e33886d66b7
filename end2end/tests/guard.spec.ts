// The route guard of /settings: who may enter, who is redirected to sign in and back, and what happens when a session
// ends.

import type { Page } from "@playwright/test";
import { sendSignIn, signInByApi, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

const SIGN_IN = "/sign-in?callbackURL=%2Fsettings%3Ftab%3Da";
const settings = (page: Page) => page.getByRole("heading", { level: 1, name: "Settings" });

/** Adds a link to the page and clicks it. */
async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement("a"), { href, textContent: "there" });
    document.querySelector("main")?.append(link);
    link.click();
  }, path);
}

test("sends signed-out visitors to sign in, and back to where they were going", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  const redirect = await context.request.get(`${baseURL}/settings?tab=a`, { maxRedirects: 0 });
  expect(redirect.status()).toBe(302);
  expect(redirect.headers().location).toBe(SIGN_IN);
  expect(redirect.headers()["cache-control"]).toBe("private, no-store");

  await open("/settings?tab=a");
  await expect(page).toHaveURL(SIGN_IN);
  await sendSignIn(page, person);
  await expect(page).toHaveURL("/settings?tab=a");
  await expect(settings(page)).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
});

test("lets signed-in people in, by link and by address", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/");
  await follow(page, "/settings");
  await expect(settings(page)).toBeVisible();
  await expect(page.getByText(`Signed in as ${person.name}, ${person.email}`)).toBeVisible();
  await open("/settings");
  await expect(settings(page)).toBeVisible();
});

test("a link inside the app leads to sign-in, too, and the browser's back button works", async ({ page, open }) => {
  await open("/");
  await follow(page, "/settings?tab=a");
  await expect(page).toHaveURL(SIGN_IN);
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL("/");
});

test("a session that was ended elsewhere is refused, although its token is still valid", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  const kept = await context.cookies();
  await open("/");
  // The person ends all sessions on another device. This browser keeps its session cookie and its token.
  await context.clearCookies();
  await signInByApi(context, baseURL, person);
  const ended = await context.request.post(`${baseURL}/api/auth/revoke-sessions`, { headers: { origin: baseURL }, data: {} });
  expect(ended.status()).toBe(200);
  await context.clearCookies();
  await context.addCookies(kept);
  // Sent outside the browser, whose page may notice the end at any time and delete the cookies.
  const cookie = kept.map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = await fetch(`${baseURL}/protected`, { headers: { cookie, accept: "text/html" } });
  expect(answer.status).toBe(401);

  await follow(page, "/settings?tab=a");
  await expect(page).toHaveURL(SIGN_IN);
  await context.addCookies(kept);
  await page.goto("/settings?tab=a");
  await expect(page).toHaveURL(SIGN_IN);
});

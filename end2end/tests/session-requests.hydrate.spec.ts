// The requests with which a page asks Better Auth for the session, and when it sends none.

import type { Page } from "@playwright/test";
import { drawFrames } from "../support/recorder";
import { accountLink, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

/** Records every request to Better Auth that the page sends. */
function asked(page: Page): string[] {
  const paths: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/auth/")) paths.push(pathname);
  });
  return paths;
}

/** Lets a minute pass for the page, which times its requests with `Date.now`. */
const minutesLater = (page: Page) =>
  page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now.call(Date) + 60_000;
  });

/** Does what a browser does when a tab is shown again. */
const lookAgain = (page: Page) =>
  page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange")));

for (const path of ["/", "/dashboard", "/settings", "/sign-in"]) {
  for (const visitor of ["somebody signed in", "a visitor"]) {
    test(`${path} asks for nothing when it is loaded by ${visitor}`, async ({ page, context, baseURL, open }) => {
      if (visitor !== "a visitor") await signUpByApi(context, baseURL);
      const requests = asked(page);
      await open(path);
      if (path === "/dashboard" && visitor !== "a visitor") {
        await expect(page.getByText("Live", { exact: true })).toBeVisible();
      }
      await drawFrames(page, 30);
      expect(requests).toEqual([]);
    });
  }
}

test("returning to a tab asks for the session, at most every five seconds", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  const requests = asked(page);
  await open("/dashboard");
  await minutesLater(page);
  const answer = page.waitForResponse("**/api/auth/get-session");
  await lookAgain(page);
  await answer;
  await lookAgain(page);
  await lookAgain(page);
  await drawFrames(page, 10);
  expect(requests).toEqual(["/api/auth/get-session"]);
});

test("a page that is online again asks for the session", async ({ page, context, baseURL, complaints, open }) => {
  complaints.tolerated.push(/ERR_INTERNET_DISCONNECTED|WebSocket connection to .* failed/);
  await signUpByApi(context, baseURL);
  await open("/dashboard");
  await minutesLater(page);
  await context.setOffline(true);
  const answer = page.waitForResponse("**/api/auth/get-session");
  await context.setOffline(false);
  expect((await answer).status()).toBe(200);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("a session that ended elsewhere is noticed on return to the tab", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  // A live page would learn it from its socket first, so the socket stays silent.
  await page.routeWebSocket("**/sync", () => {});
  await open("/dashboard");
  const out = await context.request.post(`${baseURL}/api/auth/sign-out`, { headers: { origin: baseURL }, data: {} });
  expect(out.status()).toBe(200);
  await minutesLater(page);
  await lookAgain(page);
  await expect(accountLink(page, "Sign in")).toBeVisible();
});

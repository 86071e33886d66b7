// `?ott=`, a sign-in brought along from another domain. This app has no use for it, and has it switched off.

import { expectDashboardOf, signUpByApi } from "../support/people";
import { drawFrames } from "../support/recorder";
import { expect, test } from "../support/test";

test("a one-time token in a link is never used here, and leaves the address", async ({ page, context, baseURL, open }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("one-time-token")) asked.push(request.url());
  });
  // Were it asked, it would say yes.
  await page.route("**/one-time-token/**", (route) =>
    route.fulfill({ json: { session: { token: "mallory", id: "1", userId: "2" }, user: { id: "2" } } }),
  );
  await open("/sign-in?ott=of-mallory&callbackURL=%2Fprotected");
  await expect(page).toHaveURL("/sign-in?callbackURL=%2Fprotected");
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard?ott=of-mallory");
  await expectDashboardOf(page, person);
  expect(asked).toEqual([]);
});

test("where it is switched on, a page redeems it for a visitor, and for nobody who is signed in", async ({ page, context, baseURL, open, complaints }) => {
  const OFF = /(oneTimeTokens\W{1,3}:)false/;
  let pages = 0;
  await page.route(/ott=/, async (route) => {
    if (!route.request().isNavigationRequest()) return route.fallback();
    const answer = await route.fetch();
    const html = await answer.text();
    if (OFF.test(html)) pages++;
    await route.fulfill({ response: answer, body: html.replace(OFF, "$1true") });
  });
  const asked: unknown[] = [];
  await page.route("**/one-time-token/verify", (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ status: 400, json: { code: "INVALID_TOKEN", message: "Invalid token" } });
  });
  // The refusal, and a live connection that Chromium keeps from a page whose address in the network it does not know.
  complaints.tolerated.push(/one-time/, /ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS/);
  await open("/?ott=of-mallory");
  await expect.poll(() => asked).toEqual([{ token: "of-mallory" }]);

  const person = await signUpByApi(context, baseURL);
  await open("/dashboard?ott=of-mallory");
  await expectDashboardOf(page, person);
  await drawFrames(page, 30);
  expect([pages, asked.length]).toEqual([2, 1]);
});

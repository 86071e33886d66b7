// `?ott=`, a one-time token for signing in from another domain. It is turned off in this app.

import { expectDashboardOf, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

test("a one-time token in a link is never used, and is removed from the address", async ({ page, context, baseURL, open }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("one-time-token")) asked.push(request.url());
  });
  // If the page used the token, this would accept it.
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

// The live connection. The page authenticates first, and needs no request for it.

import { followFrames, hasValues } from "../support/frames";
import { holdCode } from "../support/held-code";
import { addTodo, expectDashboardOf, sendSignIn, signUpByApi, switchSecondFactorOn } from "../support/people";
import { drawFrames } from "../support/recorder";
import { expect, test } from "../support/test";
import { totp } from "../support/totp";

test("the dashboard authenticates before it asks for anything", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const frames = await followFrames(page);
  await open("/dashboard");
  await expect.poll(() => hasValues(frames)).toBe(true);

  const types = frames.sent.map(({ type }) => type);
  expect(types[0]).toBe("Connect");
  const authenticated = types.indexOf("Authenticate");
  expect(authenticated).toBeGreaterThan(0);
  expect(authenticated).toBeLessThan(types.indexOf("ModifyQuerySet"));
  expect(frames.sent.map(({ tokenType }) => tokenType)).not.toContain("None");
  expect(types.filter((type) => type === "Authenticate")).toHaveLength(1);
  expect(frames.received.map(({ type }) => type)).not.toContain("AuthError");
  expect(requests).not.toContain("/api/auth/convex/token");
});

test("a page with nothing live opens no connection and asks for no token", async ({ page, context, baseURL, open }) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const frames = await followFrames(page);
  for (const path of ["/", "/sign-in", "/dashboard"]) {
    await open(path);
    await drawFrames(page, 30);
  }
  await signUpByApi(context, baseURL);
  for (const path of ["/", "/protected", "/settings"]) {
    await open(path);
    await drawFrames(page, 30);
  }
  expect(requests.filter((path) => path.startsWith("/api/"))).toEqual([]);
  expect(frames.sent).toEqual([]);
});

test("the live connection is signed out until the second factor is right", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  const secret = await switchSecondFactorOn(context, baseURL, person);
  await context.clearCookies();
  const frames = await followFrames(page);
  const asUser = () => frames.sent.filter(({ tokenType }) => tokenType === "User").length;
  await open("/sign-in");
  await sendSignIn(page, person);
  await expect(page).toHaveURL("/two-factor");
  expect((await context.cookies()).map(({ name }) => name)).not.toContain("better-auth.convex_jwt");
  expect((await context.request.get(`${baseURL}/api/auth/convex/token`)).status()).toBe(401);
  for (const path of ["/", "/dashboard", "/two-factor"]) {
    await open(path);
    await drawFrames(page, 30);
    expect(asUser(), path).toBe(0);
  }
  await page.getByLabel("Code").fill(totp(secret, 1));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectDashboardOf(page, person);
  await expect.poll(asUser).toBeGreaterThan(0);
});

test("each query is subscribed to once", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  const frames = await followFrames(page);
  await open("/dashboard");
  await addTodo(page, "One subscription");
  const added = frames.sent
    .filter(({ type }) => type === "ModifyQuerySet")
    .flatMap(({ modifications }) => modifications as { type: string; udfPath: string }[])
    .filter(({ type }) => type === "Add")
    .map(({ udfPath }) => udfPath.replace(".js", ""))
    .sort();
  expect(added).toEqual(["auth:getCurrentUser", "todos:list"]);
});

test("the connection is opened while the code is still loading, and is the only one", async ({ page, context, baseURL }) => {
  await signUpByApi(context, baseURL);
  const order: string[] = [];
  const letGo = await holdCode(page, () => order.push("code"));
  page.on("websocket", () => {
    order.push("connection");
    letGo();
  });
  await page.goto("/dashboard");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await addTodo(page, "Over it");
  expect(order).toEqual(["connection", "code"]);
});

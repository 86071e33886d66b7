// How long a session lasts, and what ends it.

import { setTimeout as pause } from "node:timers/promises";
import { functionsWith, removeFunctions } from "../support/functions";
import {
  accountLink,
  addTodo,
  expectDashboardOf,
  expectSignedOut,
  sendSignIn,
  signInByApi,
  signUpByApi,
  switchSecondFactorOn,
} from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";
import { totp } from "../support/totp";

test("a session is kept over a reload and in a new tab", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard");
  await expectDashboardOf(page, person);
  await page.reload();
  await expectDashboardOf(page, person);
  const tab = await context.newPage();
  await open("/dashboard", tab);
  await expectDashboardOf(tab, person);
});

test.describe("a server that is started again", () => {
  let server: Server;
  test.beforeEach(async () => {
    server = await Server.start();
  });
  test.afterEach(() => server.remove());

  test("keeps session and todos", async ({ page, context, complaints, hydrates }) => {
    // The live connection ends with the server and is tried again until it is back.
    complaints.tolerated.push(/WebSocket connection to .* failed/);
    const person = await signUpByApi(context, server.url);
    await page.goto(`${server.url}/dashboard`);
    await addTodo(page, "Outlive a restart");

    await server.stop();
    await server.launch();

    // The open page is live again by itself.
    if (hydrates) await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
    await page.goto(`${server.url}/dashboard`);
    await expect(page.getByText(`Signed in as ${person.name}`)).toBeVisible();
    await expect(page.getByRole("checkbox")).toHaveText(["Outlive a restart"]);
    await addTodo(page, "And go on");
    await expect(page.getByRole("checkbox")).toHaveCount(2);
  });
});

test("a session without its JWT cookie still works: a new token is minted", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard");
  await context.clearCookies({ name: /convex_jwt/ });
  await open("/dashboard");
  await expectDashboardOf(page, person);
  const names = (await context.cookies()).map(({ name }) => name);
  expect(names.some((name) => name.includes("convex_jwt"))).toBe(true);
});

for (const garbage of ["x", "a.b.c", "%00%ff", `eyJhbGciOiJub25lIn0.${"A".repeat(2000)}.`]) {
  test(`garbage cookies (${garbage.slice(0, 8)}…) count as signed out and are cleared`, async ({ page, context, baseURL, open }) => {
    await context.addCookies(
      ["better-auth.session_token", "better-auth.convex_jwt"].map((name) => ({ name, value: garbage, url: baseURL })),
    );
    await open("/dashboard");
    await expect(page.getByRole("heading", { name: "Unauthorized" })).toBeVisible();
    await expectSignedOut(page);
    const names = (await context.cookies()).map(({ name }) => name);
    expect(names).not.toContain("better-auth.convex_jwt");
    expect(names).not.toContain("better-auth.session_token");
  });
}

test("signing out ends the session on the server, too", async ({ page, context, baseURL, newVisitor, open }) => {
  await signUpByApi(context, baseURL);
  const kept = await context.cookies();
  await open("/dashboard");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
  await expectSignedOut(page);

  const thief = await newVisitor();
  // The token among them is still valid for minutes.
  await thief.context.addCookies(kept);
  for (const path of ["/dashboard", "/protected"]) {
    await open(path, thief.page);
    await expect(thief.page.getByRole("heading", { name: "Unauthorized" })).toBeVisible();
    await expect(accountLink(thief.page, "Sign in")).toBeVisible();
  }
});

test("a person who was signed out on another device sees that, and can sign in again", async ({ page, context, baseURL, open, newVisitor }) => {
  const person = await signUpByApi(context, baseURL);
  const other = await newVisitor();
  await signInByApi(other.context, baseURL, person);
  const headers = { origin: baseURL };
  const ended = await other.context.request.post(`${baseURL}/api/auth/revoke-other-sessions`, { headers, data: {} });
  expect(ended.status()).toBe(200);

  const kept = await context.cookies();
  for (const path of ["/dashboard", "/protected"]) {
    // Each page gets the token as if it were the first one.
    await context.addCookies(kept);
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(401);
    await expect(page.getByRole("heading", { name: "Unauthorized" })).toBeVisible();
    await expectSignedOut(page);
    expect((await context.cookies()).map(({ name }) => name)).not.toContain("better-auth.convex_jwt");
  }
  await context.addCookies(kept);
  await open("/sign-in");
  await expect(page).toHaveURL("/sign-in");
  await sendSignIn(page, person);
  await expectDashboardOf(page, person);
});

test("switching a second factor on leaves the person signed in", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await switchSecondFactorOn(context, baseURL, person);
  await open("/dashboard");
  await expectDashboardOf(page, person);
});

test("a guest who signs in with a second factor is signed in to the account from then on", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  const secret = await switchSecondFactorOn(context, baseURL, person);
  await context.clearCookies();
  await open("/sign-in");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expect(page.getByText("Signed in as Guest")).toBeVisible();
  await open("/sign-in");
  await sendSignIn(page, person);
  await expect(page).toHaveURL("/two-factor");
  await page.getByLabel("Code").fill(totp(secret, 1));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectDashboardOf(page, person);
  await open("/dashboard");
  await expectDashboardOf(page, person);
});

test("with a second factor, a password alone gives no token", async ({ context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  await switchSecondFactorOn(context, baseURL, person);
  for (const signIn of ["/api/auth/sign-in/email", "/actions/sign-in"]) {
    await context.clearCookies();
    const { email, password } = person;
    const headers = { origin: baseURL };
    const sent = signIn.startsWith("/api") ? { data: { email, password } } : { form: { email, password } };
    expect((await context.request.post(baseURL + signIn, { headers, ...sent })).ok()).toBe(true);
    const names = (await context.cookies()).map(({ name }) => name);
    expect(names).toContain("better-auth.two_factor");
    expect(names).not.toContain("better-auth.convex_jwt");
    expect((await context.request.get(`${baseURL}/api/auth/convex/token`)).status()).toBe(401);
  }
});

test.describe("a session that lasts a minute and is extended after two seconds", () => {
  let server: Server;
  let functions: string;
  test.beforeAll(async () => {
    functions = functionsWith("auth.ts", "baseURL:", "session: { expiresIn: 60, updateAge: 2 }, baseURL:");
    server = await Server.start({ functions });
  });
  test.afterAll(async () => {
    await server.remove();
    removeFunctions(functions);
  });

  // Each of these can be the first request after which the session is extended.
  const first: [string, (cookie: string) => Promise<Response>][] = [
    ["page", (cookie) => fetch(`${server.url}/dashboard`, { headers: { cookie, accept: "text/html" } })],
    ["open page's token", (cookie) => fetch(`${server.url}/api/auth/convex/token`, { headers: { cookie } })],
    [
      "form",
      (cookie) =>
        fetch(`${server.url}/actions/end-other-sessions`, {
          method: "POST",
          redirect: "manual",
          headers: { cookie, origin: server.url, accept: "text/html" },
        }),
    ],
  ];
  for (const [what, ask] of first) {
    test(`is extended in the browser by this request: ${what}`, async ({ context }) => {
      await signUpByApi(context, server.url);
      const session = (await context.cookies()).find(({ name }) => name === "better-auth.session_token");
      await pause(3_000);
      const answer = await ask(`better-auth.session_token=${session?.value}`);
      const extended = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("better-auth.session_token="));
      expect(extended, what).toMatch(/Max-Age=(60|59)\b/);
    });
  }
});

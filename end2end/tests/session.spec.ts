// How long a session lasts, and what ends it.

import { accountLink, addTodo, expectDashboardOf, expectSignedOut, signUpByApi } from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

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

test.describe("a server that is started anew", () => {
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

test("the JWT cookie alone missing changes nothing: a new one is minted", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard");
  await context.clearCookies({ name: /convex_jwt/ });
  await open("/dashboard");
  await expectDashboardOf(page, person);
  const names = (await context.cookies()).map(({ name }) => name);
  expect(names.some((name) => name.includes("convex_jwt"))).toBe(true);
});

for (const garbage of ["x", "a.b.c", "%00%ff", `eyJhbGciOiJub25lIn0.${"A".repeat(2000)}.`]) {
  test(`cookies of garbage (${garbage.slice(0, 8)}…) are a visitor's and are cleared`, async ({ page, context, baseURL, open }) => {
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
  await thief.context.addCookies(kept.filter(({ name }) => !name.includes("convex_jwt")));
  await open("/dashboard", thief.page);
  await expect(thief.page.getByRole("heading", { name: "Unauthorized" })).toBeVisible();
  await expect(accountLink(thief.page, "Sign in")).toBeVisible();
});

// The files that a page loads: HTML and a stylesheet, and code only if something is live. Also the effects of the
// page's small script.

import type { Page } from "@playwright/test";
import { followFrames } from "../support/frames";
import { holdCode } from "../support/held-code";
import { addTodo, expectDashboardOf, newPerson, sendSignUp, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

/** Records the kinds of files that the page loads over the network. */
function loadedBy(page: Page): string[] {
  const kinds: string[] = [];
  page.on("response", (response) => {
    const kind = response.request().resourceType();
    const { pathname } = new URL(response.url());
    kinds.push(pathname.endsWith(".wasm") ? "wasm" : kind);
  });
  return kinds;
}

for (const path of ["/", "/sign-in", "/sign-up", "/dashboard", "/protected", "/settings", "/forgot-password"]) {
  test(`${path} loads no code for a visitor`, async ({ page, open }) => {
    const kinds = loadedBy(page);
    await open(path);
    expect(kinds.filter((kind) => ["script", "wasm", "fetch", "xhr", "websocket"].includes(kind))).toEqual([]);
    expect(kinds).toContain("stylesheet");
  });
}

test("code is loaded only for the dashboard, and only once", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  const kinds = loadedBy(page);
  for (const path of ["/", "/settings", "/protected"]) await open(path);
  expect(kinds.filter((kind) => kind === "script" || kind === "wasm")).toEqual([]);
  await open("/dashboard");
  expect(kinds.filter((kind) => kind === "script" || kind === "wasm").sort()).toEqual(["script", "wasm"]);
  // A returning visitor loads none: `transferSize` is zero for cached files.
  await open("/settings");
  await open("/dashboard");
  const bytes = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => entry as PerformanceResourceTiming)
      .filter(({ name }) => /\.(js|wasm)$/.test(name))
      .map(({ transferSize }) => transferSize),
  );
  expect(bytes).toEqual([0, 0]);
});

test("a form submitted twice in quick succession is sent once", async ({ page, open }) => {
  await open("/sign-up");
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  const person = newPerson();
  await page.route("**/actions/sign-up", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  const button = page.getByRole("button", { name: "Sign up" });
  await button.dblclick({ noWaitAfter: true });
  await expectDashboardOf(page, person);
  expect(sent).toHaveLength(1);
});

test("a button works again if its form did not load a page", async ({ page, open }) => {
  await open("/sign-in");
  let sent = 0;
  await page.route("**/actions/sign-in", (route) => {
    sent++;
    return route.fulfill({ status: 204 });
  });
  const button = page.getByRole("button", { name: "Sign in", exact: true });
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Password", { exact: true }).fill("whatever it is");
  await button.click();
  await expect(button).toHaveAttribute("aria-busy", "true");
  await expect(button).not.toHaveAttribute("aria-busy");
  await button.click();
  await expect.poll(() => sent).toBe(2);
});

test("a form works after going back to it", async ({ page, open }) => {
  const person = newPerson();
  await open("/sign-up");
  await sendSignUp(page, { ...person, password: "short" });
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await page.goBack();
  await expect(page.getByRole("button", { name: "Sign up" })).not.toHaveAttribute("aria-busy");
  await sendSignUp(page, person);
  await expectDashboardOf(page, person);
});

test("the first field that is wrong gets the focus", async ({ page, open }) => {
  await open("/sign-up");
  await page.getByLabel("Name").fill("Ada");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Email")).toBeFocused();
  await expect(page.getByLabel("Name")).toHaveValue("Ada");
});

test("a todo added before the code has loaded is posted as a form and kept", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  const letGo = await holdCode(page);
  await page.goto("/dashboard");
  await page.getByLabel("New todo").fill("Early");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("checkbox", { name: "Early" })).toBeVisible();
  letGo();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await addTodo(page, "Late");
  await open("/dashboard");
  await expect(page.getByRole("checkbox")).toHaveText(["Late", "Early"]);
});

test("the page authenticates before its code has loaded, on the socket that it keeps", async ({ page, context, baseURL }) => {
  await signUpByApi(context, baseURL);
  const frames = await followFrames(page);
  let sockets = 0;
  page.on("websocket", () => sockets++);
  const letGo = await holdCode(page);
  await page.goto("/dashboard");
  const types = () => frames.sent.map(({ type }) => type);
  await expect.poll(types).toEqual(["Connect", "Authenticate"]);
  await expect.poll(() => frames.received.map(({ type }) => type)).toContain("Transition");
  letGo();
  await addTodo(page, "Live");
  expect(types().slice(0, 3)).toEqual(["Connect", "Authenticate", "ModifyQuerySet"]);
  expect(types().filter((type) => type === "Connect")).toHaveLength(1);
  expect(frames.received.map(({ type }) => type)).not.toContain("AuthError");
  expect(sockets).toBe(1);
});

test("a page whose code fails to load works as HTML", async ({ page, context, baseURL, complaints }) => {
  complaints.tolerated.push(/wasm|fetch/i);
  await signUpByApi(context, baseURL);
  await page.route("**/*.wasm", (route) => route.abort("internetdisconnected"));
  await page.goto("/dashboard");
  await page.getByLabel("New todo").fill("Without it");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("checkbox", { name: "Without it" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await expect(page.getByRole("link", { name: "Sign in" }).first()).toBeVisible();
});

test("islands start one at a time, and those that have not started work as HTML", async ({ page, context, baseURL }) => {
  await signUpByApi(context, baseURL);
  // Four islands: the provider, the name, the todos, the user. The start of the todos is blocked.
  await page.addInitScript(() => {
    let turns = 0;
    const scheduler = { yield: () => (++turns < 3 ? Promise.resolve() : new Promise(() => {})) };
    Object.defineProperty(window, "scheduler", { value: scheduler });
  });
  const posted: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.isNavigationRequest()) posted.push(new URL(request.url()).pathname);
  });
  const code = page.waitForResponse("**/*.wasm");
  await page.goto("/dashboard");
  await (await code).finished();
  await page.getByLabel("New todo").fill("As HTML");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("checkbox", { name: "As HTML" })).toBeVisible();
  expect(posted).toHaveLength(1);
});

test("a half-typed todo survives a reload, only for the person who typed it", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  await open("/dashboard");
  await page.getByLabel("New todo").fill("Half a thought");
  await open("/dashboard");
  await expect(page.getByLabel("New todo")).toHaveValue("Half a thought");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("checkbox", { name: "Half a thought" })).toBeVisible();
  await open("/dashboard");
  await expect(page.getByLabel("New todo")).toHaveValue("");
  await page.getByLabel("New todo").fill("Mine alone");
  await signUpByApi(context, baseURL);
  await open("/dashboard");
  await expect(page.getByLabel("New todo")).toHaveValue("");
});

test("elements inserted by a browser extension do not prevent signing in or adding a todo", async ({ page, context, baseURL, open, complaints }) => {
  // A page that was changed before hydration is not hydrated, and logs errors.
  complaints.tolerated.push(/hydrat|unreachable|panicked/i);
  const insert = (selector: string) =>
    page.evaluate((selector) => {
      document.querySelector(selector)?.insertAdjacentHTML("afterend", "<div>from an extension</div>");
      document.body.insertAdjacentHTML("beforeend", "<div>another one</div>");
    }, selector);
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await open("/sign-in");
  await insert("[name=email]");
  const letGo = await holdCode(page);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expectDashboardOf(page, person);
  await insert("#todos-text");
  const started = page.waitForResponse("**/*.wasm");
  letGo();
  await started;
  await page.waitForTimeout(500);
  await addTodo(page, "In spite of it");
});

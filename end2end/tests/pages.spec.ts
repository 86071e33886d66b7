// Every page, signed in and signed out: status, title, heading, header, and what a screen reader reads.

import { accountLink, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

interface Expected {
  path: string;
  title: string;
  heading: string;
  /** Statuses signed out and signed in. */
  status: [number, number];
}

const signedOutPages: Expected[] = [
  { path: "/", title: "A live, signed-in web app in Rust", heading: "A signed-in, live web app, in Rust.", status: [200, 200] },
  { path: "/landing", title: "A live, signed-in web app in Rust", heading: "A signed-in, live web app, in Rust.", status: [200, 200] },
  { path: "/sign-in", title: "Sign in", heading: "Sign in", status: [200, 200] },
  { path: "/sign-up", title: "Sign up", heading: "Create an account", status: [200, 200] },
  { path: "/dashboard", title: "Dashboard", heading: "Unauthorized", status: [401, 200] },
  { path: "/protected", title: "Protected", heading: "Unauthorized", status: [401, 200] },
  { path: "/no/such/page", title: "Page not found", heading: "Page not found", status: [404, 404] },
];

/** The headings that a signed-in person sees instead. */
const signedInHeadings: Record<string, string> = { "/dashboard": "Dashboard", "/protected": "Hello" };

/** Returns a file name for a path. */
const nameOf = (path: string) => path.replaceAll("/", "-").slice(1) || "start";

for (const { path, title, heading, status } of signedOutPages) {
  test(`${path} for a visitor`, async ({ page, open }) => {
    const answer = page.waitForResponse((response) => new URL(response.url()).pathname === path);
    await open(path);
    expect((await answer).status()).toBe(status[0]);
    await expect(page).toHaveTitle(new RegExp(`^${title} · `));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
    await expect(accountLink(page, "Sign in")).toBeVisible();
    await expect(page.locator("body")).toMatchAriaSnapshot({ name: `${nameOf(path)}-signed-out.aria.yml` });
  });
}

const signedInPages = signedOutPages.filter(({ path }) => !["/sign-in", "/sign-up"].includes(path));

for (const { path, title, heading, status } of signedInPages) {
  test(`${path} for somebody signed in`, async ({ page, context, baseURL, open }) => {
    await signUpByApi(context, baseURL);
    const answer = page.waitForResponse((response) => new URL(response.url()).pathname === path);
    await open(path);
    expect((await answer).status()).toBe(status[1]);
    await expect(page).toHaveTitle(new RegExp(`^${title} · `));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(signedInHeadings[path] ?? heading);
    await expect(accountLink(page, "Dashboard")).toBeVisible();
    if (path !== "/dashboard") {
      await expect(page.locator("body")).toMatchAriaSnapshot({ name: `${nameOf(path)}-signed-in.aria.yml` });
    }
  });
}

for (const path of ["/sign-in", "/sign-up"]) {
  test(`${path} redirects signed-in people`, async ({ page, context, baseURL }) => {
    await signUpByApi(context, baseURL);
    await page.goto(path);
    await expect(page).toHaveURL("/dashboard");
    await page.goto(`${path}?callbackURL=%2Fprotected`);
    await expect(page).toHaveURL("/protected");
  });
}

test("the dashboard shows the user as JSON.stringify prints it", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard");
  const text = (await page.getByLabel("Your user").locator("pre").textContent()) ?? "";
  const user = JSON.parse(text.trim());
  expect(user).toMatchObject({ name: person.name, email: person.email, emailVerified: false });
  expect(text.trim()).toBe(JSON.stringify(user, null, 2));
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - main:
      - heading "Dashboard" [level=1]
      - paragraph: /Signed in as Ada [0-9a-f]{8}/
      - button "Sign out"
      - region "Todos":
        - heading "Todos" [level=2]
        - text: New todo
        - textbox "New todo"
        - button "Add"
        - paragraph: No todos yet. Add one above!
      - region "Your user":
        - heading "Your user" [level=2]
        - text: /"email"/
  `);
});

test("pages that depend on the visitor are not cached", async ({ page, context, baseURL, open }) => {
  await signUpByApi(context, baseURL);
  for (const path of ["/", "/dashboard", "/protected"]) {
    const answer = page.waitForResponse((response) => new URL(response.url()).pathname === path);
    await open(path);
    const cacheControl = (await (await answer).headerValue("cache-control")) ?? "";
    expect(cacheControl, path).toMatch(/no-store/);
  }
});

test("the skip link leads to the content", async ({ page, open }) => {
  await open("/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

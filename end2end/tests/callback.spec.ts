// The page after signing in: the one that the person came from, never one on another site.

import { expectDashboardOf, newPerson, sendSignIn, sendSignUp, signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

const hello = { level: 1, name: "Hello" } as const;

test("from a protected page to sign-in and back", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  await open("/protected");
  await page.getByRole("link", { name: "Sign in to continue" }).click();
  await expect(page).toHaveURL("/sign-in?callbackURL=%2Fprotected");
  await sendSignIn(page, { ...person, password: "not the password" });
  await expect(page.getByRole("alert")).toHaveText("Invalid email or password");
  await sendSignIn(page, person);
  await expect(page).toHaveURL("/protected");
  await expect(page.getByRole("heading", hello)).toBeVisible();
});

test("the callback URL is kept on the way from sign-in to sign-up", async ({ page, open }) => {
  await open("/sign-in?callbackURL=%2Fprotected%3Ffrom%3Dlink");
  await page.getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
  await sendSignUp(page, newPerson());
  await expect(page).toHaveURL("/protected?from=link");
  await expect(page.getByRole("heading", hello)).toBeVisible();
});

const hostile = [
  "//evil.example",
  "/\\evil.example",
  "https://evil.example",
  "https:evil.example",
  "javascript:alert(1)",
  "/%09/evil.example",
];

for (const wanted of hostile) {
  test(`${wanted} is not followed`, async ({ page, context, baseURL, open }) => {
    const person = await signUpByApi(context, baseURL);
    await context.clearCookies();
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(baseURL)) elsewhere.push(request.url());
    });
    await open(`/sign-in?callbackURL=${encodeURIComponent(wanted)}`);
    await sendSignIn(page, person);
    // A URL parser does not read `%09` as a tab, so this is a path on this site, without a page.
    if (wanted.startsWith("/%")) await expect(page).toHaveURL(new RegExp(`^${baseURL}/`));
    else await expectDashboardOf(page, person);
    expect(elsewhere).toEqual([]);
  });

  test(`${wanted} is not followed when a form posts it`, async ({ context, baseURL }) => {
    const person = await signUpByApi(context, baseURL);
    const answer = await context.request.post(`${baseURL}/actions/sign-in`, {
      headers: { origin: baseURL, accept: "text/html" },
      form: { email: person.email, password: person.password, callbackURL: wanted },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(303);
    const location = new URL(answer.headers().location ?? "", baseURL);
    expect(location.origin).toBe(baseURL);
  });
}

test("a form on another site signs nobody in", async ({ context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  await context.clearCookies();
  const answer = await context.request.post(`${baseURL}/actions/sign-in`, {
    headers: { origin: "https://evil.example", accept: "text/html" },
    form: { email: person.email, password: person.password },
    maxRedirects: 0,
  });
  expect(answer.headers()["set-cookie"] ?? "").not.toContain("session_token=");
  expect((await context.cookies()).map(({ name }) => name)).not.toContain("better-auth.session_token");
});

// Valid paths on this site, which Better Auth accepts as addresses.
for (const wanted of ["/dashboard?at=12:30", "/dashboard#todos", "/k%C3%A4se", "/a~b,(c)", "/x?y=%2F%2Fz", "/100%25"]) {
  test(`forms accept ${wanted} as the callback URL`, async ({ context, baseURL }) => {
    const post = (action: string, form: Record<string, string>) =>
      context.request.post(`${baseURL}/actions/${action}`, {
        headers: { origin: baseURL, accept: "text/html" },
        form: { ...form, callbackURL: wanted },
        maxRedirects: 0,
      });
    const person = newPerson();
    expect((await post("sign-up", { ...person })).headers().location).toBe(wanted);
    await context.clearCookies();
    const { email } = person;
    for (const [action, form] of [
      ["mail-sign-in", { email, by: "link" }],
      ["request-reset", { email }],
    ] as const) {
      const { location } = (await post(action, form)).headers();
      expect(location, action).toMatch(/[?&]done=/);
    }
    const github = await post("sign-in-provider", { provider: "github" });
    expect(github.headers().location).toMatch(/^https:\/\/github\.com\//);
  });
}

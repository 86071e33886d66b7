// Attacks on the running server and its backend. SECURITY.md lists the defences.

import type { APIResponse } from "@playwright/test";
import { canReadMails } from "../support/mailbox";
import { onOtherSite } from "../support/other-site";
import { newPerson, type Person, signInByApi, signUpByApi } from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

const EVIL = "https://evil.example";
const MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

const setCookies = (answer: APIResponse) =>
  answer
    .headersArray()
    .filter(({ name }) => name.toLowerCase() === "set-cookie")
    .map(({ value }) => value);

const signIn = (baseURL: string, { email, password }: Person, headers: Record<string, string>) =>
  fetch(`${baseURL}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { origin: baseURL, "content-type": "application/json", ...headers },
    body: JSON.stringify({ email, password }),
  });

/** Returns the cookies of an answer as the next request sends them. */
const cookiesOf = (answer: Response) =>
  answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");

const sessionOf = async (baseURL: string, cookie: string) =>
  (await fetch(`${baseURL}/api/auth/get-session`, { headers: { cookie } })).json();

test("another site's requests change nothing", async ({ context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  const requests: [string, object][] = [
    ["/api/auth/sign-out", {}],
    ["/api/auth/update-user", { name: "Mallory" }],
    ["/api/auth/change-password", { currentPassword: person.password, newPassword: "chosen by Mallory" }],
    ["/api/auth/revoke-sessions", {}],
  ];
  for (const origin of [EVIL, "null", `${baseURL}.evil.example`]) {
    for (const [path, data] of requests) {
      const answer = await context.request.post(baseURL + path, { headers: { origin }, data });
      expect(answer.status(), `${path} from ${origin}`).toBe(403);
      expect(setCookies(answer)).toEqual([]);
    }
  }
  const session = await (await context.request.get(`${baseURL}/api/auth/get-session`)).json();
  expect(session.user.name).toBe(person.name);
  await signInByApi(context, baseURL, person);
});

for (const host of ["127.0.0.1", "localhost"] as const) {
  for (const path of ["/api/auth/sign-out", "/api/auth/sign-in/anonymous", "/actions/sign-out", "/actions/sign-in-guest"]) {
    test(`a form on ${host} does nothing at ${path}`, async ({ page, context, baseURL }) => {
      await signUpByApi(context, baseURL);
      const before = await context.cookies(baseURL);
      const form = `<form method="post" action="${baseURL}${path}"><button>Look</button></form>`;
      await onOtherSite(host, form, async (url) => {
        await page.goto(url);
        const answered = page.waitForResponse(baseURL + path);
        await page.getByRole("button").click();
        expect((await answered).status()).toBe(403);
        await expect(page.getByText(/Invalid origin/)).toBeVisible();
      });
      expect(await context.cookies(baseURL)).toEqual(before);
      await page.goto("/protected");
      await expect(page.getByRole("heading", { name: "Hello" })).toBeVisible();
    });
  }
}

test("a form on another site does not sign in a visitor", async ({ page, context, baseURL }) => {
  const form = `<form method="post" action="${baseURL}/api/auth/sign-in/anonymous"><button>Look</button></form>`;
  await onOtherSite("127.0.0.1", form, async (url) => {
    await page.goto(url);
    const answered = page.waitForResponse(/sign-in\/anonymous/);
    await page.getByRole("button").click();
    expect((await answered).status()).toBe(403);
  });
  expect(await context.cookies(baseURL)).toEqual([]);
});

test("a cookie that cannot be read does not hide the others", async ({ context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  const session = cookiesOf(await signIn(baseURL, person, {}));
  const cookie = `x=caf\u00e9; ${session}; \u00e9=1`;
  const page = await fetch(`${baseURL}/dashboard`, { headers: { cookie, accept: "text/html" } });
  expect(page.status).toBe(200);
  const signOut = (cookie: string) =>
    fetch(`${baseURL}/actions/sign-out`, {
      method: "POST",
      redirect: "manual",
      headers: { cookie, origin: baseURL, accept: "text/html" },
    });
  // Without a session there is nothing to end, so this is not reported as a success.
  expect((await signOut("x=caf\u00e9")).headers.get("location")).toBe("/sign-in?done=no-session");
  expect((await signOut(cookie)).headers.get("location")).toBe("/");
  expect(await sessionOf(baseURL, session)).toBeNull();
});

test("signing in makes a new session, whatever cookie was there before", async ({ context, baseURL }) => {
  const person = await signUpByApi(context, baseURL);
  const mallory = newPerson();
  const signedUp = await fetch(`${baseURL}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { origin: baseURL, "content-type": "application/json" },
    body: JSON.stringify(mallory),
  });
  const planted = cookiesOf(signedUp);
  for (const cookie of [planted, "better-auth.session_token=chosen.by-mallory"]) {
    const answer = await signIn(baseURL, person, { cookie });
    expect(answer.status).toBe(200);
    const own = cookiesOf(answer);
    expect(own).toContain("better-auth.session_token=");
    expect((await sessionOf(baseURL, own)).user.email).toBe(person.email);
    // The planted cookie is worth no more than before.
    const session = await sessionOf(baseURL, cookie);
    expect(session?.user.email ?? null).toBe(cookie === planted ? mallory.email : null);
  }
});

test("signing out ends the session, not only its cookie", async ({ baseURL, context }) => {
  const person = await signUpByApi(context, baseURL);
  const answer = await signIn(baseURL, person, {});
  const all = cookiesOf(answer);
  const cookie = all.split("; ").find((pair) => pair.startsWith("better-auth.session_token=")) ?? "";
  const page = { headers: { cookie, accept: "text/html" } };
  expect((await fetch(`${baseURL}/dashboard`, page)).status).toBe(200);
  const headers = { cookie: all, origin: baseURL, "content-type": "application/json" };
  const out = await fetch(`${baseURL}/api/auth/sign-out`, { method: "POST", headers, body: "{}" });
  expect(out.status).toBe(200);
  expect(await sessionOf(baseURL, all)).toBeNull();
  expect((await fetch(`${baseURL}/dashboard`, page)).status).toBe(401);
});

test("neither signing in nor asking for a new password reveals who has an account", async ({ context, baseURL }) => {
  const { email } = await signUpByApi(context, baseURL);
  const answerTo = async (path: string, data: object) => {
    const headers = { origin: baseURL, "content-type": "application/json" };
    const answer = await fetch(baseURL + path, { method: "POST", headers, body: JSON.stringify(data) });
    return { status: answer.status, names: [...answer.headers.keys()].sort(), body: await answer.text() };
  };
  const attempts: [string, object][] = [
    ["/api/auth/sign-in/email", { password: "not the password" }],
    ["/api/auth/request-password-reset", { redirectTo: "/reset-password" }],
  ];
  for (const [path, data] of attempts) {
    const known = await answerTo(path, { ...data, email });
    const unknown = await answerTo(path, { ...data, email: newPerson().email });
    expect(known, path).toEqual(unknown);
    expect(known.body).not.toContain(email);
  }
});

test("signing in never leads to another site", async ({ context, baseURL }) => {
  const { email, password } = await signUpByApi(context, baseURL);
  for (const callbackURL of [EVIL, "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]) {
    const answer = await fetch(`${baseURL}/actions/sign-in`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: baseURL, accept: "text/html" },
      body: new URLSearchParams({ email, password, callbackURL }),
    });
    expect(answer.headers.get("location"), callbackURL).toBe("/dashboard");
    const social = await fetch(`${baseURL}/api/auth/sign-in/social`, {
      method: "POST",
      headers: { origin: baseURL, "content-type": "application/json" },
      body: JSON.stringify({ provider: "github", callbackURL }),
    });
    expect(social.status, callbackURL).toBe(403);
  }
});

test("a name is shown as text", async ({ page, context, baseURL }) => {
  page.on("dialog", (dialog) => expect(dialog.message(), "a script in a name ran").toBe(""));
  const person = { ...newPerson(), name: MARKUP };
  const data = { headers: { origin: baseURL }, data: person };
  expect((await context.request.post(`${baseURL}/api/auth/sign-up/email`, data)).status()).toBe(200);
  await page.goto("/dashboard");
  await expect(page.getByText(`Signed in as ${MARKUP}`)).toBeVisible();
});

test("no page is shown in another site's frame", async ({ page, baseURL, complaints }) => {
  complaints.tolerated.push(/frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_RESPONSE|chrome-error/i);
  const paths = ["/sign-in", "/dashboard", "/api/auth/error", "/healthz"];
  const frames = paths.map((path) => `<iframe src="${baseURL}${path}"></iframe>`).join("");
  await onOtherSite("localhost", frames, async (url) => {
    await page.goto(url);
    for (const at of paths.keys()) {
      await expect.poll(() => page.frames()[1 + at]?.url() ?? "").toMatch(/^chrome-error:/);
    }
  });
});

test("on https, every cookie is sent only over https", async () => {
  const siteUrl = "https://app.example.com";
  const server = await Server.start({ siteUrl });
  try {
    const answer = await fetch(`${server.url}/actions/sign-up`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: siteUrl, accept: "text/html" },
      body: new URLSearchParams({ ...newPerson() }),
    });
    expect(answer.headers.get("location")).toBe("/dashboard");
    const set = answer.headers.getSetCookie();
    expect(set.map((cookie) => cookie.split("=")[0]).sort()).toEqual([
      "__Secure-better-auth.convex_jwt",
      "__Secure-better-auth.session_token",
      // The last used way to sign in. The sign-in page shows it; it is not a secret.
      "better-auth.last_used_login_method",
    ]);
    for (const cookie of set) {
      for (const part of ["SameSite=Lax", "Secure", "Path=/"]) expect(cookie).toContain(part);
      expect(cookie.includes("HttpOnly")).toBe(cookie.startsWith("__Secure-"));
    }
    expect(answer.headers.get("strict-transport-security")).toContain("max-age=");
    const headers = { cookie: cookiesOf(answer), accept: "text/html" };
    expect((await fetch(`${server.url}/protected`, { headers })).status).toBe(200);
  } finally {
    await server.remove();
  }
});

test("the kept mails cannot be read without the backend's admin key", async () => {
  test.skip(!canReadMails(), "the admin key of a server started elsewhere is unknown");
  const read = async (path: string, authorization: string) => {
    const headers = { "content-type": "application/json", authorization };
    const body = JSON.stringify({ path, args: {}, format: "json" });
    const answer = await fetch(`${process.env.E2E_BACKEND_URL}/api/query`, { method: "POST", headers, body });
    return ((await answer.json().catch(() => ({}))) as { status?: string }).status;
  };
  expect(await read("emails:devMails", `Convex ${process.env.E2E_ADMIN_KEY}`)).toBe("success");
  for (const path of ["emails:devMails", "emails.js:devMails"]) {
    for (const authorization of ["", "Convex ", "Convex x", `Bearer ${process.env.E2E_ADMIN_KEY}`]) {
      expect(await read(path, authorization), `${path} by "${authorization}"`).not.toBe("success");
    }
  }
});

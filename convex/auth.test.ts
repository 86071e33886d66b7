import { afterEach, expect, test, vi } from "vitest";
import { api } from "./_generated/api";
import {
  backend,
  backendWithoutAccounts,
  cookies,
  openSessions,
  PASSWORD,
  post,
  postAs,
  sessionOf,
  signedIn,
  signUp,
  totp,
} from "./testing.setup";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const setProvider = (id: string) => {
  vi.stubEnv(`${id.toUpperCase()}_CLIENT_ID`, "id");
  vi.stubEnv(`${id.toUpperCase()}_CLIENT_SECRET`, "secret");
};

const ann = { email: "ann@example.com", password: PASSWORD };

test("signing up makes a person the current user", async () => {
  const t = backend();
  const { as, cookie } = await signUp(t, "Ann");
  expect(cookie).toContain("better-auth.session_token=");
  expect(await as.query(api.auth.getCurrentUser, {})).toMatchObject({
    name: "Ann",
    email: "ann@example.com",
    emailVerified: false,
  });
});

test("signing in again gives the same user", async () => {
  const t = backend();
  const before = await (await signUp(t, "Ann")).as.query(api.auth.getCurrentUser, {});
  const { as } = signedIn(t, await post(t, "/sign-in/email", ann));
  expect(await as.query(api.auth.getCurrentUser, {})).toEqual(before);
});

test("a wrong password is refused in Better Auth's words", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const response = await post(t, "/sign-in/email", { ...ann, password: "not the right one" });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ message: "Invalid email or password" });
});

test("an address has one account", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const response = await post(t, "/sign-up/email", { ...ann, name: "Another Ann" });
  expect(response.status).toBe(422);
  expect(response.headers.getSetCookie()).toEqual([]);
});

test("pages of other sites are refused, unless the deployment names them", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const elsewhere = "https://preview.example";
  expect((await post(t, "/sign-in/email", ann, elsewhere)).status).toBe(403);
  vi.stubEnv("BETTER_AUTH_TRUSTED_ORIGINS", `https://www.example,${elsewhere}`);
  expect((await post(t, "/sign-in/email", ann, elsewhere)).status).toBe(200);
});

test("there is no current user when signed out", async () => {
  expect(await backend().query(api.auth.getCurrentUser, {})).toBeNull();
});

test("the end of a session is returned until the session has ended", async () => {
  const t = backend();
  expect(await t.query(api.auth.sessionEnds, {})).toBeNull();
  const { as, cookie } = await signUp(t, "Ann");
  const ends = await as.query(api.auth.sessionEnds, {});
  expect(ends).toBeGreaterThan(Date.now());
  // Another session of the same person continues.
  const other = signedIn(t, await post(t, "/sign-in/email", ann));
  expect((await postAs(t, cookie, "/sign-out", {})).status).toBe(200);
  expect(await as.query(api.auth.sessionEnds, {})).toBeNull();
  expect(await other.as.query(api.auth.sessionEnds, {})).toBeGreaterThan(Date.now());
});

const PROVIDER_PAGES = [
  { id: "github", page: "https://github.com/login/oauth/authorize" },
  { id: "google", page: "https://accounts.google.com/o/oauth2/v2/auth" },
];

test.each(PROVIDER_PAGES)("$id is offered only when its credentials are set", async ({ id, page }) => {
  const t = backend();
  const form = { provider: id, callbackURL: "/dashboard" };
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ providers: [] });
  expect((await post(t, "/sign-in/social", form)).status).toBe(404);

  setProvider(id);
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ providers: [id] });
  const response = await post(t, "/sign-in/social", form);
  expect(response.status).toBe(200);
  const { url } = (await response.json()) as { url: string };
  const asked = new URL(url);
  expect(asked.origin + asked.pathname).toBe(page);
  expect(asked.searchParams.get("client_id")).toBe("id");
  expect(asked.searchParams.get("redirect_uri")).toBe(`http://localhost:3000/api/auth/callback/${id}`);
});

test("half of a provider's credentials count as none", async () => {
  vi.stubEnv("GITHUB_CLIENT_ID", "id");
  vi.stubEnv("GOOGLE_CLIENT_SECRET", "secret");
  expect(await backend().query(api.auth.signInMethods, {})).toMatchObject({ providers: [] });
});

test("signing in by mail is offered only where mails can be sent", async () => {
  const t = backend();
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ mail: false });
  vi.stubEnv("RESEND_API_KEY", "re_test");
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ mail: true });
});

test("deleting an account deletes its todos, and nobody else's", async () => {
  const t = backend();
  const [ann, bob] = [await signUp(t, "Ann"), await signUp(t, "Bob")];
  for (const text of ["One", "Two"]) await ann.as.mutation(api.todos.create, { text });
  await bob.as.mutation(api.todos.create, { text: "Bob's" });
  expect((await postAs(t, ann.cookie, "/delete-user", { password: PASSWORD })).status).toBe(200);
  const left = await t.run((ctx) => ctx.db.query("todos").collect());
  expect(left.map(({ text }) => text)).toEqual(["Bob's"]);
});

test("a guest who signs up or in keeps the todos, and the guest's account is deleted", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const becoming = [
    { path: "/sign-up/email", body: { name: "Bob", email: "bob@example.com", password: PASSWORD } },
    { path: "/sign-in/email", body: ann },
  ];
  for (const { path, body } of becoming) {
    const guest = signedIn(t, await post(t, "/sign-in/anonymous", {}));
    expect(await guest.as.query(api.auth.getCurrentUser, {})).toMatchObject({ name: "Guest", isAnonymous: true });
    await guest.as.mutation(api.todos.create, { text: "Begun as a guest" });
    const person = signedIn(t, await postAs(t, guest.cookie, path, body));
    expect(await person.as.query(api.auth.getCurrentUser, {})).toMatchObject({ email: body.email });
    expect(await person.as.query(api.todos.list, {})).toMatchObject([{ text: "Begun as a guest" }]);
    expect(await guest.as.query(api.auth.getCurrentUser, {})).toBeNull();
  }
});

test("a guest who enters a wrong password stays a guest", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const guest = signedIn(t, await post(t, "/sign-in/anonymous", {}));
  await guest.as.mutation(api.todos.create, { text: "Mine" });
  const wrong = { ...ann, password: "not the right one" };
  expect((await postAs(t, guest.cookie, "/sign-in/email", wrong)).status).toBe(401);
  expect(await guest.as.query(api.todos.list, {})).toMatchObject([{ text: "Mine" }]);
});

test("a session of any age lists the devices, but an old one cannot unlink an account", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  vi.useFakeTimers({ now: Date.now() + 25 * 60 * 60 * 1000, toFake: ["Date"] });
  const listed = await t.fetch("/api/auth/list-sessions", { headers: { cookie } });
  expect([listed.status, await listed.json()]).toMatchObject([200, [{ userId: expect.any(String) }]]);
  const unlinked = await postAs(t, cookie, "/unlink-account", { providerId: "credential" });
  expect([unlinked.status, await unlinked.json()]).toMatchObject([403, { code: "SESSION_NOT_FRESH" }]);
  expect((await postAs(t, cookie, "/revoke-other-sessions", {})).status).toBe(200);
  const nobody = await t.fetch("/api/auth/list-sessions");
  expect(nobody.status).toBe(401);
});

const HOUR = 60 * 60 * 1000;

test.each([
  ["open", HOUR],
  ["long over", -HOUR],
])("all other sessions end, also after a hundred that are %s", async (_, lasts) => {
  const t = backend();
  const { as, cookie } = await signUp(t, "Ann");
  const { _id } = (await as.query(api.auth.getCurrentUser, {}))!;
  await openSessions(t, _id, 100, Date.now() + lasts);
  const newest = signedIn(t, await post(t, "/sign-in/email", ann));
  expect((await postAs(t, cookie, "/revoke-other-sessions", {})).status).toBe(200);
  expect(await sessionOf(t, newest.cookie)).toBeNull();
  const left = await t.fetch("/api/auth/list-sessions", { headers: { cookie } });
  expect(await left.json()).toHaveLength(1);
});

test("the list of a person's sessions is read with an index", async () => {
  const warn = vi.spyOn(console, "warn");
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const response = await t.fetch("/api/auth/list-sessions", { headers: { cookie } });
  expect(await response.json()).toHaveLength(1);
  expect(warn.mock.calls.flat().filter((text) => /without an index/.test(String(text)))).toEqual([]);
  warn.mockRestore();
});

const SECRET = /npx convex env set BETTER_AUTH_SECRET/;
const SITE = /npx convex env set SITE_URL/;

test.each([
  ["BETTER_AUTH_SECRET", "", SECRET],
  ["BETTER_AUTH_SECRET", "only 31 characters, that is all", SECRET],
  ["BETTER_AUTH_SECRET", "better-auth-secret-12345678901234567890", SECRET],
  ["BETTER_AUTH_SECRETS", "2:short,1:an older secret of the tests alone", SECRET],
  ["SITE_URL", "", SITE],
  ["SITE_URL", "app.example.com", SITE],
  ["SITE_URL", "localhost:3000", SITE],
])("with %s=%s calls are refused with the command to run, and deploying works", async (name, value, command) => {
  vi.stubEnv(name, value);
  const t = backend();
  await expect(post(t, "/sign-in/email", ann)).rejects.toThrow(command);
  await expect(t.fetch("/api/auth/get-session")).rejects.toThrow(command);
  // Registering the routes and writing the schema do this.
  vi.resetModules();
  const [{ createAuth, options }, { auth }, { default: http }] = await Promise.all([
    import("./auth"),
    import("./betterAuth/auth"),
    import("./http"),
  ]);
  expect(options.appName).toBe(auth.options.appName);
  expect(createAuth({} as never).options.appName).toBe(options.appName);
  expect(http.lookup("/api/auth/get-session", "GET")).not.toBeNull();
});

test("a list of secrets is enough", async () => {
  vi.stubEnv("BETTER_AUTH_SECRETS", "2:a new secret of the tests alone that guards nothing,1:an older one");
  vi.stubEnv("BETTER_AUTH_SECRET", "");
  expect((await signUp(backend(), "Ann")).cookie).toContain("better-auth.session_token=");
});

test("a request for the session without a signed cookie is answered without a query", async () => {
  const t = backendWithoutAccounts();
  const signature = encodeURIComponent(btoa("x".repeat(32)));
  for (const token of ["", "junk", "a.b", `${"x".repeat(32)}.${signature}`]) {
    const headers = { cookie: `better-auth.session_token=${token}` };
    const session = await t.fetch("/api/auth/get-session", { headers });
    expect([token, session.status, await session.json()]).toEqual([token, 200, null]);
    expect([token, (await t.fetch("/api/auth/convex/token", { headers })).status]).toEqual([token, 401]);
  }
  const { cookie } = await signUp(backend(), "Ann");
  vi.spyOn(console, "error").mockImplementation(() => {});
  expect((await t.fetch("/api/auth/get-session", { headers: { cookie } })).status).toBe(500);
});

/** The routes that are open, all of them used by the app or by Better Auth itself. */
const OPEN = `
  /callback/:id /change-email /change-password /convex/.well-known/openid-configuration /convex/jwks /convex/token
  /delete-anonymous-user /delete-user /email-otp/send-verification-otp /error /get-session /link-social /list-accounts
  /list-sessions /magic-link/verify /mail-link/about /mail-link/claim /ok /request-password-reset /reset-password /reset-password/:token
  /revoke-other-sessions /revoke-session /revoke-sessions /send-verification-email /sign-in/anonymous /sign-in/email
  /sign-in/email-otp /sign-in/magic-link /sign-in/social /sign-out /sign-up/email /two-factor/disable
  /two-factor/enable /two-factor/generate-backup-codes /two-factor/get-totp-uri /two-factor/send-otp
  /two-factor/verify-backup-code /two-factor/verify-otp /two-factor/verify-totp /unlink-account /update-user
  /verify-email
`.match(/\S+/g)!;

test("routes that the app does not use are closed", async () => {
  const { createAuth } = await import("./auth");
  const auth = createAuth({} as never);
  type Endpoint = { path?: string; options: { method: string | string[]; metadata?: { SERVER_ONLY?: true } } };
  const routes = (Object.values(auth.api) as Endpoint[]).filter(
    ({ path, options }) => path !== undefined && !options.metadata?.SERVER_ONLY,
  );
  const closed = auth.options.disabledPaths;
  expect(routes.map(({ path }) => path).filter((path) => !closed.includes(path!)).sort()).toEqual(OPEN);
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  for (const { path, options } of routes.filter(({ path }) => closed.includes(path!))) {
    for (const method of [options.method].flat()) {
      const answer = method === "GET"
        ? await t.fetch(`/api/auth${path}`, { headers: { cookie } })
        : await postAs(t, cookie, path!, {});
      expect([path, answer.status]).toEqual([path, 404]);
    }
  }
});

test("before the second factor there is no token, whichever plugin comes first", async () => {
  const { createAuthOptions } = await import("./auth");
  const { withoutEarlyToken } = await import("./earlyToken");
  const { betterAuth } = await import("better-auth/minimal");
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const enabled = await postAs(t, cookie, "/two-factor/enable", { password: PASSWORD });
  const { totpURI } = (await enabled.json()) as { totpURI: string };
  const code = { code: await totp(totpURI) };
  expect((await postAs(t, cookie, "/two-factor/verify-totp", code)).status).toBe(200);

  const orders = [(ids: string[]) => ids, (ids: string[]) => ids.toReversed()];
  const handedOut = [];
  for (const order of orders) {
    // Each code works once.
    vi.useFakeTimers({ now: Date.now() + 30_000, toFake: ["Date"] });
    const bare = await t.run(async (ctx) => {
      const options = createAuthOptions(ctx as never);
      const byId = new Map(options.plugins.map((plugin) => [plugin.id as string, plugin]));
      const plugins = order([...byId.keys()]).map((id) => byId.get(id)!);
      const { handler } = betterAuth({ ...options, plugins });
      const request = new Request("http://localhost:3000/api/auth/sign-in/email", {
        method: "POST",
        headers: { "content-type": "application/json", origin: "http://localhost:3000" },
        body: JSON.stringify(ann),
      });
      const raw = await handler(request);
      const answer = await withoutEarlyToken(raw);
      return { raw: cookies(raw), kept: cookies(answer), body: await answer.json() };
    });
    expect(bare.body).toMatchObject({ twoFactorRedirect: true });
    expect(bare.kept).toContain("two_factor=");
    expect(bare.kept).not.toMatch(/convex_jwt=[^;]/);
    expect(bare.kept).not.toMatch(/session_token=[^;]/);
    handedOut.push(/convex_jwt=[^;]/.test(bare.raw));
    const token = await t.fetch("/api/auth/convex/token", { headers: { cookie: bare.kept } });
    expect(token.status).toBe(401);
    const verified = await postAs(t, bare.kept, "/two-factor/verify-totp", { code: await totp(totpURI) });
    expect(verified.status).toBe(200);
    const later = await t.fetch("/api/auth/convex/token", { headers: { cookie: cookies(verified) } });
    expect(later.status).toBe(200);
  }
  // Only the reversed order hands out a token.
  expect(handedOut).toEqual([false, true]);
});

test("an early token is removed whatever its name, and nothing else is", async () => {
  const { withoutEarlyToken } = await import("./earlyToken");
  const answer = (body: object) => {
    const headers = new Headers({ "set-auth-jwt": "t", "set-auth-token": "t", "x-other": "1" });
    for (const name of ["", "__Secure-", "__Host-", "__Secure-my-app."]) {
      headers.append("set-cookie", `${name}better-auth.convex_jwt=t; Path=/; HttpOnly`);
    }
    headers.append("set-cookie", "better-auth.session_token=; Max-Age=0");
    headers.append("set-cookie", "better-auth.two_factor=x; Path=/");
    return Response.json(body, { headers });
  };
  const pending = await withoutEarlyToken(answer({ twoFactorRedirect: true, twoFactorMethods: ["totp"] }));
  expect(pending.headers.getSetCookie()).toEqual([
    "better-auth.session_token=; Max-Age=0",
    "better-auth.two_factor=x; Path=/",
  ]);
  const left = ["set-auth-jwt", "set-auth-token", "x-other"].map((name) => pending.headers.get(name));
  expect(left).toEqual([null, null, "1"]);
  expect(await pending.json()).toEqual({ twoFactorRedirect: true, twoFactorMethods: ["totp"] });
  const done = await withoutEarlyToken(answer({ token: "t" }));
  expect(done.headers.getSetCookie()).toHaveLength(6);
});

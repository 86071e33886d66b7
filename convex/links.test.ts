import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, components } from "./_generated/api";
import {
  ann,
  askForCode,
  askForLink,
  backend,
  type Backend,
  cookies,
  getAs,
  newestMail,
  PASSWORD,
  post,
  postAs,
  sessionOf,
  signedIn,
  signUp,
  tokenOf,
  withMailbox,
} from "./testing.setup";

const SITE = "http://localhost:3000";

withMailbox();

beforeEach(() => {
  // Better Auth warns about each unknown address.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

const about = async (t: Backend, kind: string, token: string, cookie = "") =>
  (await postAs(t, cookie, "/mail-link/about", { kind, token })).json();

/** Addresses that one parser reads as a path of this site, and another one as another host. */
const TWO_FACED = [
  "/.//evil.example",
  "/..//evil.example",
  "/a/..//evil.example/x?y=1",
  "/reset-password/..//evil.example",
  "/.\\/evil.example",
  `${SITE}//evil.example`,
  `${SITE}/\\evil.example`,
  `${SITE}/.//evil.example`,
];

/** The headers with which pages of other sites, mail programs, scanners and others open a link. */
const OPENED_BY: Record<string, Record<string, string>> = {
  "another site": { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
  "a mail program": { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" },
  "a link of this site": { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate" },
  "an image of this site": { "sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors" },
  "a script of another site": { origin: "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
  "a sandboxed page": { origin: "null" },
  "an old browser": { accept: "text/html" },
  "a scanner": {},
};

test("a route that acts on a link answers only the app, and redirects all others to the page", async () => {
  const t = backend();
  const guest = signedIn(t, await post(t, "/sign-in/anonymous", {}));
  await guest.as.mutation(api.todos.create, { text: "Private" });
  const { token } = await askForLink(t);
  // Better Auth does not support HEAD.
  expect((await t.fetch(`/api/auth/magic-link/verify?token=${token}`, { method: "HEAD" })).status).toBe(404);
  for (const [who, headers] of Object.entries(OPENED_BY)) {
    for (const [path, page] of [
      [`/magic-link/verify?token=${token}&callbackURL=%2Fprotected`, `/sign-in/link?token=${token}&callbackURL=%2Fprotected`],
      ["/verify-email?token=a.b.c&callbackURL=http%3A%2F%2Flocalhost%3A3000%2Fx", "/verify-email/confirm?token=a.b.c&callbackURL=%2Fx"],
      ["/reset-password/abc?callbackURL=%2Freset-password%3Fa%3Db", "/reset-password?a=b&token=abc"],
      ["/reset-password/abc?callbackURL=https%3A%2F%2Fevil.example%2F", "/reset-password?token=abc"],
      ...TWO_FACED.map((url) => [`/reset-password/abc?callbackURL=${encodeURIComponent(url)}`, "/reset-password?token=abc"]),
    ] as [string, string][]) {
      const response = await t.fetch(`/api/auth${path}`, { headers: { cookie: guest.cookie, ...headers } });
      expect(response.status, `${path} by ${who}`).toBe(302);
      expect(response.headers.get("location")).toBe(SITE + page);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  }
  expect(await guest.as.query(api.todos.list, {})).toMatchObject([{ text: "Private" }]);
  // Nothing is used up: the button of the page still signs in, and the guest's todos come along.
  const signedInByLink = await getAs(t, guest.cookie, `/magic-link/verify?token=${token}`);
  const person = signedIn(t, signedInByLink);
  expect(await person.as.query(api.todos.list, {})).toMatchObject([{ text: "Private" }]);
});

test("the page of a link learns whose it is, whether this browser requested it, and who is signed in", async () => {
  const t = backend();
  const { token, cookie } = await askForLink(t);
  expect(await about(t, "sign-in", token, cookie)).toEqual({ email: ann.email, asked: true, visitor: null });
  const guest = signedIn(t, await post(t, "/sign-in/anonymous", {}));
  const visitor = { isGuest: true, email: expect.stringContaining("guest.invalid") };
  expect(await about(t, "sign-in", token, guest.cookie)).toEqual({ email: ann.email, asked: false, visitor });
  // The cookie of one link does not count for another.
  const other = await askForLink(t, "mallory@example.com");
  expect(await about(t, "sign-in", other.token, cookie)).toMatchObject({ email: "mallory@example.com", asked: false });
  // Looking at a link does not use it up.
  expect((await getAs(t, "", `/magic-link/verify?token=${token}`)).status).toBe(200);
  for (const used of [token, "x".repeat(32), `sign-in-otp-${ann.email}`, ""]) {
    expect(await about(t, "sign-in", used)).toMatchObject({ code: "INVALID_TOKEN" });
  }
  for (const kind of ["confirm", "reset", "constructor"]) {
    expect(await about(t, kind, token)).toMatchObject({ code: "INVALID_TOKEN" });
  }
});

test("a sign-in link accepts only rows of its own kind", async () => {
  const t = backend();
  const otp = await askForCode(t);
  const stolen = await getAs(t, "", `/magic-link/verify?token=sign-in-otp-${ann.email}`);
  expect([stolen.status, await stolen.json()]).toMatchObject([400, { code: "INVALID_TOKEN" }]);
  expect((await post(t, "/sign-in/email-otp", { email: ann.email, otp })).status).toBe(200);
});

test("the state of a sign-in with a provider signs nobody in, whatever it contains", async () => {
  vi.stubEnv("GITHUB_CLIENT_ID", "id");
  vi.stubEnv("GITHUB_CLIENT_SECRET", "secret");
  const t = backend();
  await signUp(t, "Ann");
  const body = { provider: "github", callbackURL: "/", additionalData: { email: ann.email } };
  const begun = await post(t, "/sign-in/social", body);
  const state = new URL(((await begun.json()) as { url: string }).url).searchParams.get("state")!;
  // One state in 770 consists of letters only, like a token.
  const letters = "SomeStatesConsistOfLettersOnlyAb";
  const { updateMany } = components.betterAuth.adapter;
  const { count } = (await t.mutation(updateMany, {
    input: { model: "verification", where: [{ field: "identifier", value: state }], update: { identifier: letters } },
    paginationOpts: { numItems: 10, cursor: null },
  })) as { count: number };
  expect([letters.length, count]).toEqual([32, 1]);

  expect(await about(t, "sign-in", letters)).toMatchObject({ code: "INVALID_TOKEN" });
  const stolen = await getAs(t, "", `/magic-link/verify?token=${letters}`);
  expect(cookies(stolen)).not.toContain("session_token");
});

test("only a person signed in to the account confirms its address, and nobody is signed in by it", async () => {
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const token = tokenOf((await newestMail(t)).link!);
  const stranger = signedIn(t, await post(t, "/sign-in/anonymous", {}));
  for (const cookie of ["", stranger.cookie]) {
    const refused = await getAs(t, cookie, `/verify-email?token=${token}`);
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: "SIGN_IN_TO_CONFIRM" }]);
    expect(refused.headers.getSetCookie()).toEqual([]);
  }
  expect((await sessionOf(t, mallory.cookie))?.user).toMatchObject({ emailVerified: false });
  const confirmed = await getAs(t, mallory.cookie, `/verify-email?token=${token}`);
  expect(confirmed.status).toBe(200);
  expect((await sessionOf(t, mallory.cookie))?.user).toMatchObject({ emailVerified: true });
  // Later, with or without a session, it changes nothing.
  const again = await getAs(t, "", `/verify-email?token=${token}`);
  expect([again.status, cookies(again)]).toEqual([200, ""]);
});

test("the link takes over an account that somebody else created with the address, and ends their access", async () => {
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const token = tokenOf((await newestMail(t)).link!);
  // Mallory has requested a change to an address of their own.
  await postAs(t, mallory.cookie, "/change-email", { newEmail: "mallory@example.com" });
  const theft = await newestMail(t);
  expect(theft.to).toBe("mallory@example.com");
  expect((await postAs(t, mallory.cookie, "/two-factor/enable", { password: PASSWORD })).status).toBe(200);

  expect((await post(t, "/mail-link/claim", { token: "a.b.c" })).status).toBe(400);
  expect((await post(t, "/mail-link/claim", { token: tokenOf(theft.link!) })).status).toBe(400);
  expect((await sessionOf(t, mallory.cookie))?.user).toMatchObject({ emailVerified: false });
  const claimed = await post(t, "/mail-link/claim", { token });
  expect([claimed.status, cookies(claimed)]).toEqual([200, ""]);

  expect(await sessionOf(t, mallory.cookie)).toBeNull();
  expect((await post(t, "/sign-in/email", ann)).status).toBe(401);
  const stolen = await getAs(t, mallory.cookie, `/verify-email?token=${tokenOf(theft.link!)}`);
  expect([stolen.status, await stolen.json()]).toMatchObject([400, { code: "INVALID_TOKEN" }]);
  const owner = await getAs(t, "", `/magic-link/verify?token=${(await askForLink(t)).token}`);
  expect((await sessionOf(t, cookies(owner)))?.user).toMatchObject({ email: ann.email, emailVerified: true });
  // If the mail is found later, it takes nothing from the owner.
  expect((await post(t, "/mail-link/claim", { token })).status).toBe(400);
  expect(await sessionOf(t, cookies(owner))).not.toBeNull();
});

test("a password reset by mail confirms the address and leaves no other way in", async () => {
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const user = (await mallory.as.query(api.auth.getCurrentUser, {}))!;
  await newestMail(t);
  await post(t, "/request-password-reset", { email: ann.email });
  const link = new URL((await newestMail(t)).link!);
  expect(link.pathname).toBe("/reset-password");
  expect(await about(t, "reset", tokenOf(link.href))).toEqual({ email: ann.email, visitor: null });
  const password = "battery staple";
  await post(t, "/reset-password", { newPassword: password, token: tokenOf(link.href) });
  expect(await about(t, "reset", tokenOf(link.href))).toMatchObject({ code: "INVALID_TOKEN" });
  expect(await sessionOf(t, mallory.cookie)).toBeNull();
  const signedUp = signedIn(t, await post(t, "/sign-in/email", { ...ann, password }));
  expect(await signedUp.as.query(api.auth.getCurrentUser, {})).toMatchObject({ _id: user._id, emailVerified: true });
});

test("a request for a mail is answered before the account is looked up", async () => {
  const t = backend();
  await signUp(t, "Ann");
  await newestMail(t);
  const routes: [string, object][] = [
    ["/request-password-reset", { redirectTo: "/reset-password" }],
    ["/send-verification-email", { callbackURL: "/" }],
    ["/email-otp/send-verification-otp", { type: "email-verification" }],
    ["/email-otp/send-verification-otp", { type: "forget-password" }],
  ];
  for (const [path, body] of routes) {
    const answers = [];
    for (const email of [ann.email, "nobody@example.com"]) {
      const jobs = async () => (await t.run((ctx) => ctx.db.system.query("_scheduled_functions").collect())).length;
      const before = await jobs();
      const response = await post(t, path, { ...body, email });
      answers.push([response.status, await response.text(), (await jobs()) - before]);
      expect((await newestMail(t)).to).toBe(ann.email);
    }
    expect(answers[0], path).toEqual(answers[1]);
    expect(answers[0]![0]).toBe(200);
  }
  expect((await post(t, "/request-password-reset", { email: "no address" })).status).toBe(400);
  const away = { email: ann.email, redirectTo: "https://evil.example/" };
  expect((await post(t, "/request-password-reset", away)).status).toBe(403);
});

test("no link in a mail leads to another site, whatever was requested", async () => {
  const t = backend();
  await signUp(t, "Ann");
  for (const url of TWO_FACED) {
    for (const [path, body] of [
      ["/request-password-reset", { email: ann.email, redirectTo: url }],
      ["/sign-in/magic-link", { email: ann.email, callbackURL: url }],
      ["/send-verification-email", { email: ann.email, callbackURL: url }],
    ] as [string, object][]) {
      const before = await newestMail(t);
      const { status } = await post(t, path, body);
      const mail = await newestMail(t);
      if (status !== 200) expect(mail).toEqual(before);
      expect(new URL(mail.link!).origin, `${path} ${url}`).toBe(SITE);
      expect(mail.link).not.toContain("evil");
    }
  }
});

import type { TestConvex } from "convex-test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { internal } from "./_generated/api";
import { counterKey } from "./rateLimit";
import type schema from "./schema";
import { backend, cookies, newestMail, PASSWORD, post, postAs, settled, signUp, totp } from "./testing.setup";

type Backend = TestConvex<typeof schema>;

const ann = { email: "ann@example.com", password: PASSWORD };
const wrong = { ...ann, password: "not the right one" };
const HOUR_MS = 60 * 60 * 1000;

let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  vi.stubEnv("AUTH_RATE_LIMIT", "");
  vi.stubEnv("CONVEX_LOCAL_MAILBOX", "1");
  // The clock stands still, however long the tries take on a busy machine.
  vi.useFakeTimers({ toFake: ["Date"] });
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  const scans = warn.mock.calls.flat().filter((text: unknown) => /without an index/.test(String(text)));
  warn.mockRestore();
  vi.unstubAllEnvs();
  vi.useRealTimers();
  expect(scans).toEqual([]);
});

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Posts like the app's server for a client with this address. */
const postFrom = (t: Backend, address: string, path: string, body: object, cookie = "") =>
  t.fetch(`/api/auth${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin: "http://localhost:3000",
      "x-forwarded-for": address,
      cookie,
    },
    body: JSON.stringify(body),
  });

/** Returns the addresses of `many` clients. */
const addresses = (many: number) => Array.from({ length: many }, (_, i) => `198.51.100.${i + 1}`);

const times = <T>(many: number, act: (i: number) => Promise<T>) => Promise.all(Array.from({ length: many }, (_, i) => act(i)));

/** Counts the answers by their status. */
const tally = (answers: Response[]) => {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
};

const expectRetryAfter = (answer: Response | undefined, most: number) => {
  expect(answer?.status).toBe(429);
  const seconds = Number(answer!.headers.get("x-retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(most);
};

test.each(["http://localhost:3000", "https://app.example.com", "http://192.168.1.7:3000"])(
  "at %s three of 40 concurrent passwords are checked, and the rest are refused",
  async (site) => {
    vi.stubEnv("SITE_URL", site);
    const t = backend();
    const answers = await times(40, () => post(t, "/sign-in/email", wrong, site));
    expect(tally(answers)).toEqual({ 401: 3, 429: 37 });
    expectRetryAfter(answers.find(({ status }) => status === 429), 10);
    later(10_000);
    expect(tally(await times(4, () => post(t, "/sign-in/email", wrong, site)))).toEqual({ 401: 3, 429: 1 });
  },
);

test("one address requests five sign-in links a minute, and tries three mailed codes", async () => {
  const t = backend();
  const links = await times(8, (i) => post(t, "/sign-in/magic-link", { email: `person${i}@example.com` }));
  expect(tally(links)).toEqual({ 200: 5, 429: 3 });
  const codes = await times(8, (i) => post(t, "/sign-in/email-otp", { email: `person${i}@example.com`, otp: "000000" }));
  expect(tally(codes)).toEqual({ 400: 3, 429: 5 });
});

test("only AUTH_RATE_LIMIT=off turns the limits off", async () => {
  for (const value of ["on", "false", "0", "no"]) {
    vi.stubEnv("AUTH_RATE_LIMIT", value);
    const t = backend();
    expect(tally(await times(5, () => post(t, "/sign-in/email", wrong)))).toEqual({ 401: 3, 429: 2 });
  }
  vi.stubEnv("AUTH_RATE_LIMIT", "off");
  const t = backend();
  expect(tally(await times(5, () => post(t, "/sign-in/email", wrong)))).toEqual({ 401: 5 });
});

/** Counts earlier tries, without hashing as many passwords. */
const tried = async (t: Backend, many: number, ...names: string[]) => {
  const key = await counterKey(...names);
  for (let i = 0; i < many; i++) await t.mutation(internal.rateLimit.consume, { key, max: 99, window: 900 });
};

test("20 passwords are checked for one account, from all addresses together, and no other account is locked", async () => {
  const t = backend();
  await signUp(t, "Ann");
  await tried(t, 17, "password", ann.email);
  const spelled = ["ann@example.com", "ANN@example.com"];
  const answers = await Promise.all(
    addresses(40).map((from, i) => postFrom(t, from, "/sign-in/email", { ...wrong, email: spelled[i % 2] })),
  );
  expect(tally(answers)).toEqual({ 401: 3, 429: 37 });
  const right = () => postFrom(t, "203.0.113.1", "/sign-in/email", ann);
  expectRetryAfter(await right(), 15 * 60);
  expect((await postFrom(t, "203.0.113.2", "/sign-in/email", { ...wrong, email: "bob@example.com" })).status).toBe(401);
  later(HOUR_MS);
  expect((await right()).status).toBe(200);
});

test("the right password begins a new count, and a wrong one does not", async () => {
  const t = backend();
  await signUp(t, "Ann");
  await tried(t, 18, "password", ann.email);
  const statuses = [];
  for (const [i, body] of [wrong, ann, wrong].entries()) {
    statuses.push((await postFrom(t, `198.51.100.${i}`, "/sign-in/email", body)).status);
  }
  await tried(t, 19, "password", ann.email);
  for (const from of ["203.0.113.1", "203.0.113.2"]) {
    statuses.push((await postFrom(t, from, "/sign-in/email", wrong)).status);
  }
  expect(statuses).toEqual([401, 200, 401, 429, 429]);
});

test("an open session does not help to guess the password", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const password = wrong.password;
  const asking = {
    "/change-password": { currentPassword: password, newPassword: "battery staple" },
    "/delete-user": { password },
    "/two-factor/enable": { password },
    "/two-factor/disable": { password },
    "/two-factor/get-totp-uri": { password },
    "/two-factor/generate-backup-codes": { password },
  };
  for (const [path, body] of Object.entries(asking)) {
    await tried(t, 19, "password", ann.email);
    const answers = await Promise.all(addresses(10).map((from) => postFrom(t, from, path, body, cookie)));
    const { 429: refused, ...looked } = tally(answers);
    expect([path, refused, Object.values(looked)]).toEqual([path, 9, [1]]);
    await t.mutation(internal.rateLimit.forgive, { key: await counterKey("password", ann.email) });
  }
});

/** Creates an account with a second factor. `challenge` signs in to it with the password alone. */
const withSecondFactor = async (t: Backend) => {
  const { cookie } = await signUp(t, "Ann");
  const enabled = await postAs(t, cookie, "/two-factor/enable", { password: PASSWORD });
  const { totpURI, backupCodes } = (await enabled.json()) as { totpURI: string; backupCodes: string[] };
  const code = async () => ({ code: await totp(totpURI) });
  expect((await postAs(t, cookie, "/two-factor/verify-totp", await code())).status).toBe(200);
  // The app shows the next code.
  later(30_000);
  // The cookies of a sign-in that waits for its code.
  const challenge = async (from: string) => cookies(await postFrom(t, from, "/sign-in/email", ann));
  return { code, backupCodes, challenge };
};

const WRONG_CODE = { code: "not-a-code" };
const CODES = ["/two-factor/verify-totp", "/two-factor/verify-otp", "/two-factor/verify-backup-code"];

test.each(CODES)("five wrong codes at %s end a sign-in, one after another or concurrently", async (path) => {
  // Codes of a second factor are counted even if requests are not limited.
  vi.stubEnv("AUTH_RATE_LIMIT", "off");
  for (const atOnce of [false, true]) {
    const t = backend();
    const { code, challenge } = await withSecondFactor(t);
    const waiting = await challenge("198.51.100.1");
    await postAs(t, waiting, "/two-factor/send-otp", {});
    const tryWrong = () => postAs(t, waiting, path, WRONG_CODE);
    if (atOnce) {
      const answers = await times(40, tryWrong);
      expect(answers.filter(({ status }) => status >= 500 || status === 200)).toEqual([]);
    } else {
      for (let i = 0; i < 5; i++) expect((await tryWrong()).status).toBe(401);
    }
    const late = await postAs(t, waiting, "/two-factor/verify-totp", await code());
    expect([400, 401]).toContain(late.status);
    expect(cookies(late)).not.toContain("session_token");
    // A new password gives new tries.
    const again = await postAs(t, await challenge("198.51.100.1"), "/two-factor/verify-totp", await code());
    expect(again.status).toBe(200);
  }
});

test("codes of all kinds are counted together", async () => {
  vi.stubEnv("AUTH_RATE_LIMIT", "off");
  const t = backend();
  const { code, challenge } = await withSecondFactor(t);
  const waiting = await challenge("198.51.100.1");
  await postAs(t, waiting, "/two-factor/send-otp", {});
  for (const path of [...CODES, ...CODES].slice(0, 5)) {
    expect((await postAs(t, waiting, path, WRONG_CODE)).status).toBe(401);
  }
  expect((await postAs(t, waiting, "/two-factor/verify-totp", await code())).status).toBe(400);
});

test("20 wrong codes lock the second factor for an hour, over all sign-ins and addresses", async () => {
  const t = backend();
  const { code, challenge } = await withSecondFactor(t);
  for (const from of addresses(4)) {
    const waiting = await challenge(from);
    const answers = await times(5, (i) =>
      postFrom(t, `203.0.113.${i}`, CODES[i % 3]!, WRONG_CODE, waiting),
    );
    expect(tally(answers)[429]).toBeUndefined();
    later(10_000);
  }
  const locked = await postFrom(t, "192.0.2.1", "/two-factor/verify-totp", await code(), await challenge("192.0.2.1"));
  expectRetryAfter(locked, 60 * 60);
  expect(await locked.json()).toMatchObject({ code: "ACCOUNT_TEMPORARILY_LOCKED" });
  later(HOUR_MS);
  const free = await postFrom(t, "192.0.2.1", "/two-factor/verify-totp", await code(), await challenge("192.0.2.1"));
  expect(free.status).toBe(200);
});

const sent = async (t: Backend) => {
  await settled(t);
  return (await t.query(internal.emails.devMails, {})).length;
};

test.each([
  ["/request-password-reset", (email: string) => ({ email })],
  ["/sign-in/magic-link", (email: string) => ({ email })],
  ["/email-otp/send-verification-otp", (email: string) => ({ email, type: "sign-in" })],
  ["/send-verification-email", (email: string) => ({ email })],
])("at %s an address gets ten mails an hour, whoever asks, and the answer does not reveal whether it has an account", async (path, body) => {
  const t = backend();
  await signUp(t, "Ann");
  expect(await sent(t)).toBe(1);
  await t.mutation(internal.emails.clearDevMails, {});
  const ask = async (email: string) =>
    tally(await Promise.all(addresses(40).map((from) => postFrom(t, from, path, body(email)))));
  const [known, unknown] = [await ask("ann@example.com"), await ask("nobody@example.com")];
  expect(known).toEqual({ 200: known[200], 429: 40 - known[200]! });
  // Signing up has sent the first of the ten.
  expect(known[200]).toBe(9);
  expect(unknown).toEqual({ 200: 10, 429: 30 });
  later(HOUR_MS);
  expect((await postFrom(t, "192.0.2.1", path, body("ann@example.com"))).status).toBe(200);
});

test("codes of a second factor and mails to a new address have the same limit", async () => {
  const t = backend();
  const { challenge } = await withSecondFactor(t);
  const waiting = await challenge("198.51.100.1");
  const asked = await Promise.all(addresses(40).map((from) => postFrom(t, from, "/two-factor/send-otp", {}, waiting)));
  expect(tally(asked)).toEqual({ 200: 9, 429: 31 });

  const bob = await signUp(t, "Bob");
  const change = { newEmail: "victim@example.com" };
  const changed = await Promise.all(addresses(40).map((from) => postFrom(t, from, "/change-email", change, bob.cookie)));
  expect(changed.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
  expect(tally(changed)[200]).toBeLessThanOrEqual(10);
});

test("a link that sends a mail each time it is followed sends ten at most", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const newest = async () => new URL((await newestMail(t)).link!).searchParams.get("token");
  const follow = async (token: string | null, from: string) =>
    t.fetch(`/api/auth/verify-email?token=${token}`, {
      headers: { cookie, origin: "http://localhost:3000", "x-forwarded-for": from },
    });
  await follow(await newest(), "198.51.100.1");
  await postAs(t, cookie, "/change-email", { newEmail: "victim@example.com" });
  const agreed = await newest();
  await t.mutation(internal.emails.clearDevMails, {});
  for (const from of addresses(15)) expect((await follow(agreed, from)).status).toBeLessThan(500);
  expect(await sent(t)).toBe(10);
});

test("counts whose window has ended are deleted, and the others continue", async () => {
  const t = backend();
  const rows = () => t.run((ctx) => ctx.db.query("rateLimits").collect());
  for (const [key, window] of [["short", 10], ["long", 60]] as const) {
    await t.mutation(internal.rateLimit.consume, { key, max: 1, window });
  }
  later(10_000);
  await t.mutation(internal.rateLimit.forgetEnded, {});
  expect((await rows()).map(({ key }) => key)).toEqual(["long"]);
  expect(await t.mutation(internal.rateLimit.consume, { key: "long", max: 1, window: 60 })).toBe(50);
});

test("paths without a route are not counted, and all paths of one route are counted together", async () => {
  const t = backend();
  const rows = () => t.run((ctx) => ctx.db.query("rateLimits").collect());
  for (const path of ["/x", "/x/y", "/sign-in/email/", "/sign-in", "/callback"]) {
    expect([path, (await t.fetch(`/api/auth${path}`)).status]).toEqual([path, 404]);
  }
  expect(await rows()).toEqual([]);
  for (let i = 0; i < 3; i++) await t.fetch(`/api/auth/reset-password/token${i}`);
  expect((await rows()).map(({ count }) => count)).toEqual([3]);
});

test("the table of counts does not contain who asked for what", async () => {
  const t = backend();
  await postFrom(t, "198.51.100.1", "/sign-in/email", wrong);
  const kept = JSON.stringify(await t.run((ctx) => ctx.db.query("rateLimits").collect()));
  expect(kept).not.toMatch(/ann@|198\.51/);
  expect(kept.match(/"[0-9a-f]{64}"/g)).toHaveLength(2);
});

test("requests that cannot be counted are refused", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const t = backend();
  await t.run(async (ctx) => {
    // Two rows of one key are an error of the counter.
    const key = await counterKey("address", "198.51.100.1|/sign-in/email");
    for (let i = 0; i < 2; i++) await ctx.db.insert("rateLimits", { key, count: 0, endsAt: 0 });
  });
  expectRetryAfter(await postFrom(t, "198.51.100.1", "/sign-in/email", wrong), 1);
  expect(logged).toHaveBeenCalled();
  logged.mockRestore();
});

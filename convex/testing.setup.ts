import rateLimiter from "@convex-dev/rate-limiter/test";
import resend from "@convex-dev/resend/test";
import workpool from "@convex-dev/workpool/test";
import { convexTest, type TestConvex } from "convex-test";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { components, internal } from "./_generated/api";
import authSchema from "./betterAuth/schema";
import schema from "./schema";

const modules = import.meta.glob(["./**/*.ts", "./_generated/*.js", "!./**/*.test.ts", "!./**/*.setup.ts", "!./betterAuth/**"]);
/** The password of every person in the tests. */
export const PASSWORD = "correct horse";

/** The person of most tests, as she signs in. */
export const ann = { email: "ann@example.com", password: PASSWORD };

/** The backend of a test. */
export type Backend = TestConvex<typeof schema>;

const authModules = import.meta.glob("./betterAuth/**/*.ts");

/** Creates a backend without the Better Auth component, in which every query of Better Auth fails. */
export const backendWithoutAccounts = (): Backend => convexTest(schema, modules);

/** Creates a backend with the Better Auth component. */
export const backend = (): Backend => {
  const t = backendWithoutAccounts();
  t.registerComponent("betterAuth", authSchema, authModules);
  return t;
};

/** Creates the same backend with the Resend component. */
export const backendWithResend = (): Backend => {
  const t = backend();
  resend.register(t, "resend");
  rateLimiter.register(t, "resend/rateLimiter");
  for (const pool of ["emailWorkpool", "callbackWorkpool"]) workpool.register(t, `resend/${pool}`);
  return t;
};

/** Posts to Better Auth like a page of the app, or like a page of another `origin`. */
export const post = (
  t: Backend,
  path: string,
  body: object,
  origin = "http://localhost:3000",
) =>
  t.fetch(`/api/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(body),
  });

/** Posts as the browser that has these cookies. */
export const postAs = (t: Backend, cookie: string, path: string, body: object) =>
  t.fetch(`/api/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: "http://localhost:3000", cookie },
    body: JSON.stringify(body),
  });

/** Gives each test of a file the development mailbox, and resets the environment afterwards. */
export const withMailbox = (): void => {
  beforeEach(() => {
    vi.stubEnv("CONVEX_LOCAL_MAILBOX", "1");
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
};

/** Waits until no scheduled job is left, including those that jobs schedule. */
export const settled = async (t: Backend): Promise<void> => {
  await vi.waitFor(
    async () => {
      const jobs = await t.run((ctx) => ctx.db.system.query("_scheduled_functions").collect());
      expect(jobs.filter(({ state }) => ["pending", "inProgress"].includes(state.kind))).toEqual([]);
    },
    { timeout: 20_000, interval: 20 },
  );
};

/** Waits until all mails are sent, and returns the newest one. */
export const newestMail = async (t: Backend) => {
  await settled(t);
  return (await t.query(internal.emails.devMails, {}))[0]!;
};

/** Returns the token of a link in a mail. */
export const tokenOf = (link: string) => new URL(link).searchParams.get("token")!;

/** Requests a sign-in link and returns its token, and the cookies of the browser that requested it. */
export const askForLink = async (t: Backend, email = ann.email) => {
  const asked = await post(t, "/sign-in/magic-link", { email, callbackURL: "/protected" });
  return { token: tokenOf((await newestMail(t)).link!), cookie: cookies(asked) };
};

/** Requests a sign-in code and returns it. */
export const askForCode = async (t: Backend, email = ann.email) => {
  await post(t, "/email-otp/send-verification-otp", { email, type: "sign-in" });
  return /\d{6}/.exec((await newestMail(t)).text)![0];
};

/** Requests a new password and returns the token of the mailed link. */
export const askForReset = async (t: Backend, email = ann.email) => {
  await post(t, "/request-password-reset", { email, redirectTo: "/reset-password" });
  return tokenOf((await newestMail(t)).link!);
};

/** Calls Better Auth as the app's server does when a person presses the button on a link's page. */
export const getAs = (t: Backend, cookie: string, path: string) =>
  t.fetch(`/api/auth${path}`, { headers: { origin: "http://localhost:3000", cookie } });

/** Returns the cookies that an answer sets, as the next request sends them. */
export const cookies = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0]!)
    .filter((pair) => !pair.endsWith("="))
    .join("; ");

/** Returns the session of a browser with these cookies. */
export const sessionOf = async (t: Backend, cookie: string) => {
  const response = await t.fetch("/api/auth/get-session", { headers: { cookie } });
  return (await response.json()) as { user: Record<string, unknown> } | null;
};

/** Returns what `getUserIdentity()` returns for a JSON Web Token, without verifying it. */
const identity = (token: string) => {
  const payload = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
  const { sub, iss, ...claims } = JSON.parse(atob(payload)) as Record<string, string>;
  return { ...claims, subject: sub!, issuer: iss! };
};

/** Signs a person up by email and returns the backend as that person sees it. */
export const signUp = async (t: Backend, name: string) => {
  const email = `${name.toLowerCase()}@example.com`;
  const response = await post(t, "/sign-up/email", { name, email, password: PASSWORD });
  return signedIn(t, response);
};

/** Returns the backend as seen by the person whom an answer of Better Auth signed in. */
export const signedIn = (t: Backend, response: Response) => {
  expect(response.status).toBe(200);
  const cookie = cookies(response);
  const token = /better-auth\.convex_jwt=([^;]+)/.exec(cookie)![1]!;
  return { as: t.withIdentity(identity(token)), cookie };
};

/** Opens sessions of an account, as somebody does who signs in again and again. They end at a time in milliseconds. */
export const openSessions = async (t: Backend, userId: string, count: number, expiresAt: number): Promise<void> => {
  const now = Date.now();
  const lasting = { userId, expiresAt, createdAt: now, updatedAt: now };
  for (let at = 0; at < count; at++) {
    const data = { ...lasting, token: `session ${at}` };
    await t.mutation(components.betterAuth.adapter.create, { input: { model: "session", data } });
  }
};

/** Turns the second factor on for a person whose password is [`PASSWORD`], by one code. The person gets a new session. */
export const switchSecondFactorOn = async (t: Backend, cookie: string) => {
  const enabled = await postAs(t, cookie, "/two-factor/enable", { password: PASSWORD });
  const setup = (await enabled.json()) as { totpURI: string; backupCodes: string[] };
  const code = await totp(setup.totpURI);
  const confirmed = await postAs(t, cookie, "/two-factor/verify-totp", { code });
  expect(confirmed.status).toBe(200);
  return { ...setup, used: code, session: cookies(confirmed) };
};

/**
 * Returns the code that an authenticator app shows now (RFC 6238), or the code `later` steps after it. The next one is
 * already accepted.
 */
export const totp = async (uri: string, later = 0) => {
  const secret = new URL(uri).searchParams.get("secret")!;
  const bits = [...secret]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g)!, (byte) => parseInt(byte, 2));
  const usage = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", bytes, usage, false, ["sign"]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000) + later));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const code = (mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff) % 1_000_000;
  return String(code).padStart(6, "0");
};

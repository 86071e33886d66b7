// Limits by account and by recipient, for Better Auth. Its own limits count only by the client's address, and an
// attacker has many addresses.

import type { GenericCtx } from "@convex-dev/better-auth";
import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import { TWO_FACTOR_ERROR_CODES } from "better-auth/plugins/two-factor";
import type { DataModel } from "./_generated/dataModel";
import { consumeFrom, counterKey, forgiveFrom, isLimited, type Limit } from "./rateLimit";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** How many passwords may be tried for one account. A successful sign-in starts a new count. */
export const PASSWORDS: Limit = { max: 20, window: 15 * MINUTE };
/** How many mails may be requested for one recipient, and how many are sent to one. */
export const MAILS: Limit = { max: 10, window: HOUR };
/** How many codes of any kind may be tried after one password. */
export const CODES_OF_A_SIGN_IN: Limit = { max: 5, window: 10 * MINUTE };
/**
 * How many codes may be tried for one account, over all its sign-ins. The right code starts a new count. Each open
 * session has a count of its own, with the same limit.
 */
export const CODES_OF_AN_ACCOUNT: Limit = { max: 20, window: HOUR };

/** The routes that ask an open session for its password. */
const ASKS_PASSWORD = new Set([
  "/change-password",
  "/delete-user",
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/get-totp-uri",
  "/two-factor/generate-backup-codes",
]);
/** The routes that mail to the address in the body. */
const MAILS_TO_BODY = new Set([
  "/sign-up/email",
  "/send-verification-email",
  "/request-password-reset",
  "/change-email",
  "/sign-in/magic-link",
  "/email-otp/send-verification-otp",
]);
/** The routes that try a code after a password. */
const TRIES_CODE = new Set(["/two-factor/verify-totp", "/two-factor/verify-otp", "/two-factor/verify-backup-code"]);
/** The name that `twoFactor` gives the cookie between the password and the code. */
const CHALLENGE_COOKIE = "two_factor";

type Body = Record<string, unknown>;

const address = (value: unknown) => (typeof value === "string" ? value.trim().toLowerCase() : undefined);

const tooMany = (retryAfter: number, error: { code?: string; message: string }) =>
  new APIError("TOO_MANY_REQUESTS", error, { "X-Retry-After": String(retryAfter) });

// The same text as Better Auth's own limits.
const TOO_MANY_REQUESTS = { message: "Too many requests. Please try again later." };

const LOCKED = TWO_FACTOR_ERROR_CODES.ACCOUNT_TEMPORARILY_LOCKED;

/** Reads the sign-in that waits for a second factor: its id, its cookie, and its user. */
export const challengeOf = async (endpoint: GenericEndpointContext) => {
  const { context } = endpoint;
  const cookie = context.createAuthCookie(CHALLENGE_COOKIE);
  const id = await endpoint.getSignedCookie(cookie.name, context.secret);
  const waiting = id ? await context.internalAdapter.findVerificationValue(id) : null;
  return id && waiting ? { id, cookie, userId: waiting.value } : undefined;
};

/**
 * Limits passwords and codes by account, and mails by recipient. Whether an address has an account makes no difference.
 *
 * Codes of a second factor are always counted, everything else only if requests are limited ([`isLimited`]).
 */
export const accountLimits = (ctx: GenericCtx<DataModel>) => {
  const limited = async (limit: Limit, error: { code?: string; message: string }, ...names: string[]) => {
    const retryAfter = await consumeFrom(ctx, await counterKey(...names), limit);
    if (retryAfter !== null) throw tooMany(retryAfter, error);
  };
  const forgive = async (...names: string[]) => forgiveFrom(ctx, await counterKey(...names));
  const password = (email: string | undefined) =>
    email === undefined ? undefined : limited(PASSWORDS, TOO_MANY_REQUESTS, "password", email);
  const mail = (to: string | undefined) =>
    to === undefined ? undefined : limited(MAILS, TOO_MANY_REQUESTS, "mail asked for", to);

  const sessionEmail = async (endpoint: GenericEndpointContext) =>
    address((await getSessionFromCtx(endpoint, { disableRefresh: true }))?.user.email);

  const beforeSignIn = createAuthMiddleware(async (endpoint) => {
    await password(address((endpoint.body as Body | undefined)?.email));
  });
  const beforePassword = createAuthMiddleware(async (endpoint) => {
    if (typeof (endpoint.body as Body | undefined)?.[passwordField(endpoint.path)] !== "string") return;
    await password(await sessionEmail(endpoint));
  });
  const beforeMail = createAuthMiddleware(async (endpoint) => {
    const { email, newEmail } = (endpoint.body ?? {}) as Body;
    await mail(address(email) ?? address(newEmail));
    // The current address gets the first mail, if it is confirmed.
    if (endpoint.path === "/change-email") await mail(await sessionEmail(endpoint));
  });
  const beforeSendingCode = createAuthMiddleware(async (endpoint) => {
    const challenge = await challengeOf(endpoint);
    const user = challenge && (await endpoint.context.internalAdapter.findUserById(challenge.userId));
    await mail(user ? address(user.email) : await sessionEmail(endpoint));
  });
  const beforeCode = createAuthMiddleware(async (endpoint) => {
    const challenge = await challengeOf(endpoint);
    if (!challenge) {
      const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
      return session ? limited(CODES_OF_AN_ACCOUNT, LOCKED, "codes in", session.session.id) : undefined;
    }
    const { id, cookie, userId } = challenge;
    const ended = await consumeFrom(ctx, await counterKey("codes after", id), CODES_OF_A_SIGN_IN);
    if (ended === null) {
      return limited(CODES_OF_AN_ACCOUNT, LOCKED, "codes of", userId);
    }
    await endpoint.context.internalAdapter.deleteVerificationByIdentifier(id);
    endpoint.setCookie(cookie.name, "", { ...cookie.attributes, maxAge: 0 });
    throw APIError.from("BAD_REQUEST", TWO_FACTOR_ERROR_CODES.TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE);
  });

  const afterSignIn = createAuthMiddleware(async (endpoint) => {
    const email = address((endpoint.body as Body | undefined)?.email);
    if (email !== undefined && !isAPIError(endpoint.context.returned)) await forgive("password", email);
  });
  const afterCode = createAuthMiddleware(async (endpoint) => {
    const userId = endpoint.context.newSession?.user.id;
    if (userId && !isAPIError(endpoint.context.returned)) await forgive("codes of", userId);
  });

  // Our own jobs (`mailJobs.ts`) call routes without a request. They were counted when they were requested.
  const on = (paths: Set<string>, always = false) => ({ path, request }: { path?: string; request?: Request }) =>
    path !== undefined && paths.has(path) && request !== undefined && (always || isLimited());
  const signIn = new Set(["/sign-in/email"]);
  return {
    id: "account-limits",
    hooks: {
      before: [
        { matcher: on(signIn), handler: beforeSignIn },
        { matcher: on(ASKS_PASSWORD), handler: beforePassword },
        { matcher: on(MAILS_TO_BODY), handler: beforeMail },
        { matcher: on(new Set(["/two-factor/send-otp"])), handler: beforeSendingCode },
        { matcher: on(TRIES_CODE, true), handler: beforeCode },
      ],
      after: [
        { matcher: on(signIn), handler: afterSignIn },
        { matcher: on(TRIES_CODE, true), handler: afterCode },
      ],
    },
  } satisfies BetterAuthPlugin;
};

const passwordField = (path: string) => (path === "/change-password" ? "currentPassword" : "password");

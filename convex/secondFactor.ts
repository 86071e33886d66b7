// Two-factor sign-in: a code after the password, each code once.

import type { GenericCtx } from "@convex-dev/better-auth";
import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import { TWO_FACTOR_ERROR_CODES, twoFactor } from "better-auth/plugins/two-factor";
import type { DataModel } from "./_generated/dataModel";
import { challengeOf } from "./accountLimits";
import { forgetDevices } from "./claims";
import { sendMail } from "./emails";
import * as mails from "./mails";
import { consumeFrom, counterKey, isCounted, type Limit } from "./rateLimit";

/** Returns the plugin for Better Auth's options. */
export const secondFactor = (ctx: GenericCtx<DataModel>) =>
  twoFactor({
    // It reads and writes its count in two steps here, so concurrent codes would pass. `accountLimits` counts instead.
    accountLockout: { enabled: false },
    otpOptions: { sendOTP: async ({ user, otp }) => sendMail(ctx, mails.oneTimeCode(user.email, otp)) },
  });

/** A code works once. It is right for at most 90 seconds: its own 30, and the 30 before and after them. */
const CODE: Limit = { max: 1, window: 120 };
/** The route that checks a code of an authenticator app. */
const VERIFY = "/two-factor/verify-totp";
/** The routes that return the secret of the authenticator app. */
const SHOWS_SECRET = ["/two-factor/enable", "/two-factor/get-totp-uri"];
/** The routes of a code that is mailed. */
const MAILS_CODE = ["/two-factor/send-otp", "/two-factor/verify-otp"];

/**
 * Lets a code of an authenticator app work once (RFC 6238, section 5.2), and keeps the secret while the second factor is on.
 * Better Auth accepts a code any number of times, and replaces or returns the secret for a password.
 */
export const codesOnce = (ctx: GenericCtx<DataModel>) => {
  const keyOf = (userId: string, { body }: GenericEndpointContext) =>
    counterKey("code used", userId, String((body as { code?: unknown } | undefined)?.code));
  const use = async (userId: string, endpoint: GenericEndpointContext): Promise<void> => {
    if ((await consumeFrom(ctx, await keyOf(userId, endpoint), CODE)) !== null) throw codeUsed();
  };
  return {
    id: "codes-once",
    init: () => ({
      options: {
        databaseHooks: {
          session: {
            create: {
              // The code is right. Of several concurrent requests, only the first one to count it passes.
              before: async ({ userId }, endpoint) => {
                if (endpoint?.path === VERIFY) await use(userId, endpoint);
              },
            },
          },
        },
      },
    }),
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === VERIFY,
          handler: createAuthMiddleware(async (endpoint) => {
            const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
            const userId = session?.user.id ?? (await challengeOf(endpoint))?.userId;
            // Checked here, too: otherwise a used code would end the sign-in that waits for one.
            if (userId && (await isCounted(ctx, await keyOf(userId, endpoint)))) throw codeUsed();
          }),
        },
        {
          matcher: ({ path }) => path !== undefined && SHOWS_SECRET.includes(path),
          handler: createAuthMiddleware(async (endpoint) => {
            const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
            if (!session?.user.twoFactorEnabled) return;
            const message = "Two-factor sign-in is on. Switch it off first.";
            throw new APIError("BAD_REQUEST", { code: "TWO_FACTOR_IS_ON", message });
          }),
        },
        {
          // Better Auth would switch the second factor on for such a code, without the password and without a secret. The
          // account's password would then sign nobody in.
          matcher: ({ path }) => path !== undefined && MAILS_CODE.includes(path),
          handler: createAuthMiddleware(async (endpoint) => {
            const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
            if (!session || session.user.twoFactorEnabled) return;
            throw APIError.from("BAD_REQUEST", TWO_FACTOR_ERROR_CODES.TWO_FACTOR_NOT_ENABLED);
          }),
        },
      ],
      after: [
        {
          // In an open session, a right code creates no new session, so it is counted here.
          matcher: ({ path }) => path === VERIFY,
          handler: createAuthMiddleware(async (endpoint) => {
            const { newSession, returned, session } = endpoint.context;
            if (!isAPIError(returned) && !newSession && session) await use(session.user.id, endpoint);
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
};

const codeUsed = () =>
  new APIError("UNAUTHORIZED", { code: "INVALID_CODE", message: "This code has been used. Wait for the next one." });

/** The routes after which no device is trusted any more. A reset of the password is one more; see `claims.ts`. */
const FORGETS_DEVICES = ["/two-factor/enable", "/two-factor/disable", "/change-password"];

/** Ends the trust in devices when the second factor or the password changes. Better Auth keeps it for thirty days. */
export const trustedDevices = () =>
  ({
    id: "trusted-devices",
    hooks: {
      after: [
        {
          matcher: ({ path }) => path !== undefined && FORGETS_DEVICES.includes(path),
          handler: createAuthMiddleware(async (endpoint) => {
            const { adapter, newSession, returned } = endpoint.context;
            if (isAPIError(returned)) return;
            const session = newSession ?? (await getSessionFromCtx(endpoint, { disableRefresh: true }));
            if (session) await forgetDevices(adapter, session.user.id);
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

import { createClient, type GenericCtx } from "@convex-dev/better-auth";
import { convex } from "@convex-dev/better-auth/plugins";
import { betterAuth, type BetterAuthOptions } from "better-auth/minimal";
import { emailOTP } from "better-auth/plugins/email-otp";
import { magicLink } from "better-auth/plugins/magic-link";
import { twoFactor } from "better-auth/plugins/two-factor";
import { v } from "convex/values";
import { components } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
import { query } from "./_generated/server";
import authConfig from "./auth.config";
import authSchema from "./betterAuth/schema";
import { canSendMail, sendMail } from "./emails";
import * as mails from "./mails";

/** Calls into the Better Auth component: its adapter, its routes, the user of a call. */
export const authComponent = createClient<DataModel, typeof authSchema>(components.betterAuth, {
  local: { schema: authSchema },
});

/** Reads a variable of the functions' environment; empty counts as absent. */
const env = (name: string): string | undefined => process.env[name] || undefined;

/** GitHub, if its credentials are set (`npx convex env set GITHUB_CLIENT_ID …`). */
const github = () => {
  const clientId = env("GITHUB_CLIENT_ID");
  const clientSecret = env("GITHUB_CLIENT_SECRET");
  return clientId && clientSecret ? { github: { clientId, clientSecret } } : undefined;
};

/**
 * `AUTH_RATE_LIMIT=on` or `off`: whether sign-ins and the like are counted, per address of the client. Otherwise as
 * Better Auth does by itself, which is in production (`NODE_ENV`).
 */
const rateLimit = () => {
  const wanted = env("AUTH_RATE_LIMIT");
  // In the database: functions share no memory.
  return { ...(wanted && { enabled: wanted === "on" }), storage: "database" as const };
};

/** Better Auth's options; one place for the running app and for the schema generator. */
export const createAuthOptions = (ctx: GenericCtx<DataModel>) =>
  ({
    appName: mails.APP_NAME,
    baseURL: env("SITE_URL"),
    database: authComponent.adapter(ctx),
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: false,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, url }) => sendMail(ctx, mails.resetPassword(user.email, url)),
    },
    emailVerification: {
      sendOnSignUp: canSendMail(),
      autoSignInAfterVerification: true,
      sendVerificationEmail: async ({ user, url }) =>
        sendMail(ctx, mails.confirmAddress(user.email, url)),
    },
    user: {
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: async ({ user, newEmail, url }) =>
          sendMail(ctx, mails.confirmNewAddress(user.email, newEmail, url)),
      },
      // With the password, or by a session begun today.
      deleteUser: { enabled: true },
    },
    account: { accountLinking: { enabled: true, allowDifferentEmails: true } },
    rateLimit: rateLimit(),
    socialProviders: github(),
    plugins: [
      twoFactor({
        otpOptions: { sendOTP: async ({ user, otp }) => sendMail(ctx, mails.oneTimeCode(user.email, otp)) },
      }),
      magicLink({ sendMagicLink: async ({ email, url }) => sendMail(ctx, mails.magicLink(email, url)) }),
      emailOTP({
        sendVerificationOTP: async ({ email, otp }) => sendMail(ctx, mails.oneTimeCode(email, otp)),
      }),
      convex({ authConfig }),
    ],
  }) satisfies BetterAuthOptions;

/** Better Auth for one call. */
export const createAuth = (ctx: GenericCtx<DataModel>) => betterAuth(createAuthOptions(ctx));

/** A person's account as the person may see it. */
const user = v.object({
  _id: v.string(),
  _creationTime: v.number(),
  name: v.string(),
  email: v.string(),
  emailVerified: v.boolean(),
  image: v.optional(v.union(v.null(), v.string())),
  createdAt: v.number(),
  updatedAt: v.number(),
  userId: v.optional(v.union(v.null(), v.string())),
  twoFactorEnabled: v.optional(v.union(v.null(), v.boolean())),
});

/**
 * The signed-in person, or null.
 *
 * Asks whether the session still stands: a token alone outlives sign-out by up to 15 minutes.
 */
export const getCurrentUser = query({
  args: {},
  returns: v.union(v.null(), user),
  handler: async (ctx) => (await authComponent.safeGetAuthUser(ctx)) ?? null,
});

/** Which ways to sign in this deployment offers besides e-mail. */
export const signInMethods = query({
  args: {},
  returns: v.object({ github: v.boolean() }),
  handler: async () => ({ github: github() !== undefined }),
});

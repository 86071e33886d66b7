import { type AuthFunctions, createClient, type GenericCtx } from "@convex-dev/better-auth";
import { convex } from "@convex-dev/better-auth/plugins";
import type { User } from "better-auth";
import { betterAuth, type BetterAuthOptions } from "better-auth/minimal";
import { emailOTP } from "better-auth/plugins/email-otp";
import { lastLoginMethod } from "better-auth/plugins";
import { magicLink } from "better-auth/plugins/magic-link";
import { v } from "convex/values";
import { components, internal } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
import { query } from "./_generated/server";
import { accountLimits } from "./accountLimits";
import { removeResetLinks, removeRowsOf, requireAccount, requireFirst } from "./accountRows";
import authConfig from "./auth.config";
import { sessionInHeader } from "./bearer";
import authSchema from "./betterAuth/schema";
import { checkedPassword } from "./checkedPassword";
import { claimed, confirmedByReset } from "./claims";
import { passwordToDelete } from "./deletion";
import { withoutEarlyToken } from "./earlyToken";
import { canSendMail, sendMail } from "./emails";
import { env, secret, siteUrl } from "./environment";
import { guests } from "./guests"; // guest
import { confirmLink, mailLinks, rememberAsking, resetLink, signInLink, signInRow } from "./links";
import { withLostRaces } from "./lostRaces";
import { mailRequests } from "./mailRequests";
import * as mails from "./mails";
import { removeDataOf } from "./ownership";
import { hasRoute, isLimited, rateLimitStorage } from "./rateLimit";
import { codesOnce, secondFactor, trustedDevices } from "./secondFactor"; // two-factor
import { allOtherSessionsEnd, sessionListOfAnyAge } from "./sessionList";
import { checkFields, fitting } from "./userFields";

// The type is explicit, because the functions below are part of the type of `internal`.
const authFunctions: AuthFunctions = internal.auth;

/** Calls into the Better Auth component: its adapter, its routes, the user of a call. */
export const authComponent = createClient<DataModel, typeof authSchema>(components.betterAuth, {
  local: { schema: authSchema },
  authFunctions,
  triggers: {
    user: {
      // In the same transaction, however the account is deleted or gets another address.
      onDelete: async (ctx, user) => {
        await removeRowsOf(ctx, user._id);
        await removeDataOf(ctx, user._id);
      },
      onUpdate: async (ctx, user, before) => {
        if (user.email !== before.email) await removeResetLinks(ctx, user._id);
      },
    },
    session: { onCreate: requireAccount },
    account: {
      onCreate: async (ctx, account) => {
        await requireAccount(ctx, account);
        await requireFirst(ctx, account);
      },
    },
    twoFactor: { onCreate: requireAccount }, // two-factor
  },
});

/** The functions that the component calls when its rows change. */
export const { onCreate, onUpdate, onDelete } = authComponent.triggersApi();

/** The OAuth providers of the sign-in page, by their ids at Better Auth. `app/src/account/social` has their names and marks. */
const PROVIDERS = ["github", "google"] as const;

/** The providers whose credentials are set (`npx convex env set GITHUB_CLIENT_ID …`, and `GITHUB_CLIENT_SECRET`). */
const socialProviders = (): NonNullable<BetterAuthOptions["socialProviders"]> =>
  Object.fromEntries(
    PROVIDERS.flatMap((id) => {
      const clientId = env(`${id.toUpperCase()}_CLIENT_ID`);
      const clientSecret = env(`${id.toUpperCase()}_CLIENT_SECRET`);
      return clientId && clientSecret ? [[id, { clientId, clientSecret }]] : [];
    }),
  );

/**
 * Limits requests by the client's address, unless `AUTH_RATE_LIMIT=off`. Better Auth's default depends on `NODE_ENV`, which
 * functions do not have, and its database storage lets concurrent requests exceed a limit.
 */
const rateLimit = (ctx: GenericCtx<DataModel>) => ({
  enabled: isLimited(),
  customStorage: rateLimitStorage(ctx),
  customRules: {
    // Every page and every socket calls these. A session's secret cannot be guessed, and counting would cost more than
    // answering.
    "/get-session": false as const,
    "/convex/*": false as const,
  },
});

/**
 * Routes of Better Auth and its plugins that this app does not use; `auth.test.ts` lists the others. A code of six
 * digits is enough to sign in, but not to set a password or an address; providers' tokens stay on the server.
 */
const UNUSED_PATHS = [
  "/verify-password",
  "/update-session",
  "/delete-user/callback",
  "/refresh-token",
  "/get-access-token",
  "/account-info",
  "/email-otp/check-verification-otp",
  "/email-otp/verify-email",
  "/email-otp/request-password-reset",
  "/email-otp/reset-password",
  "/email-otp/request-email-change",
  "/email-otp/change-email",
  "/forget-password/email-otp",
];

/** Better Auth's options; one place for the running app and for the schema generator. */
export const createAuthOptions = (ctx: GenericCtx<DataModel>) =>
  ({
    appName: mails.APP_NAME,
    baseURL: siteUrl(ctx),
    secret: secret(ctx),
    disabledPaths: UNUSED_PATHS,
    database: withLostRaces(authComponent.adapter(ctx)),
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: false,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, url, token }) =>
        sendMail(ctx, mails.resetPassword(user.email, resetLink(url, token))),
      onPasswordReset: async ({ user }): Promise<void> =>
        confirmedByReset(await createAuth(ctx).$context, user),
    },
    emailVerification: {
      sendOnSignUp: canSendMail(),
      // The person who signed up is already signed in, and the link must not sign in anybody else.
      autoSignInAfterVerification: false,
      sendVerificationEmail: async ({ user, url, token }) =>
        sendMail(ctx, mails.confirmAddress(user.email, await confirmationLink(ctx, user, url, token))),
    },
    user: {
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: async ({ user, newEmail, url, token }) =>
          sendMail(
            ctx,
            mails.confirmNewAddress(user.email, newEmail, await confirmationLink(ctx, user, url, token)),
          ),
      },
      // Requires the password (`passwordToDelete`), or for an account without one a session of the last 24 hours.
      deleteUser: { enabled: true },
    },
    account: {
      accountLinking: {
        enabled: true,
        // At a sign-in, only between addresses that both sides have confirmed. Otherwise a person who created an
        // account with somebody else's address would share it with that person later.
        requireLocalEmailVerified: true,
        // In the settings too, only with the same address: somebody who finds an open session must not add another way
        // to sign in.
        allowDifferentEmails: false,
      },
    },
    databaseHooks: { user: { create: { before: fitting }, update: { before: checkFields, after: claimed } } },
    rateLimit: rateLimit(ctx),
    socialProviders: socialProviders(),
    plugins: [
      sessionInHeader(),
      accountLimits(ctx),
      passwordToDelete(),
      sessionListOfAnyAge(),
      checkedPassword(),
      allOtherSessionsEnd(),
      codesOnce(ctx), // two-factor
      secondFactor(ctx), // two-factor
      trustedDevices(), // two-factor
      magicLink({
        storeToken: { type: "custom-hasher", hash: signInRow },
        sendMagicLink: async ({ email, url, token }, endpoint) => {
          if (endpoint) await rememberAsking(endpoint, token);
          await sendMail(ctx, mails.magicLink(email, signInLink(url, token)));
        },
      }),
      emailOTP({
        sendVerificationOTP: async ({ email, otp }) => sendMail(ctx, mails.oneTimeCode(email, otp)),
      }),
      // In a cookie, so that the first paint of the sign-in page shows it.
      lastLoginMethod({
        customResolveMethod: ({ path }) => (path === "/sign-in/email-otp" ? "email-otp" : null),
      }),
      convex({ authConfig }),
      ...guests(ctx), // guest
      mailLinks(),
      mailRequests(ctx),
    ],
  }) satisfies BetterAuthOptions;

/** The options without a context, for the schema and for the guide's imports. */
export const options = createAuthOptions({} as GenericCtx<DataModel>);

/** Creates Better Auth for one call. */
export const createAuth = (ctx: GenericCtx<DataModel>) => {
  const auth = betterAuth(createAuthOptions(ctx));
  const handler = async (request: Request) =>
    hasRoute(auth.api, request.url)
      ? withoutEarlyToken(await auth.handler(request))
      : new Response("Not Found", { status: 404 });
  return { ...auth, handler };
};

/** Returns the link for a mail that confirms an address of this account. */
const confirmationLink = async (ctx: GenericCtx<DataModel>, account: User, url: string, token: string): Promise<string> =>
  confirmLink((await createAuth(ctx).$context).secret, account, url, token);

/** An account as its owner may see it. */
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
  isAnonymous: v.optional(v.union(v.null(), v.boolean())),
});

/**
 * Returns the signed-in person, or null.
 *
 * Checks that the session still exists: a token alone works for up to 15 minutes after signing out.
 */
export const getCurrentUser = query({
  args: {},
  returns: v.union(v.null(), user),
  handler: async (ctx) => (await authComponent.safeGetAuthUser(ctx)) ?? null,
});

/**
 * Returns when the session of the caller's token ends, in milliseconds since 1970, or null if it no longer exists.
 * The server subscribes to this, so it does not have to ask for each page.
 */
export const sessionEnds = query({
  args: {},
  returns: v.union(v.null(), v.number()),
  handler: async (ctx) => {
    const identity = await ctx.auth.getUserIdentity();
    if (typeof identity?.sessionId !== "string") return null;
    const session = await ctx.runQuery(components.betterAuth.adapter.findOne, {
      model: "session",
      where: [{ field: "_id", value: identity.sessionId }],
    });
    return session?.expiresAt ?? null;
  },
});

/** Returns the ways to sign in that this deployment offers besides a password. */
export const signInMethods = query({
  args: {},
  returns: v.object({
    /** With these OAuth providers, by their ids at Better Auth. */
    providers: v.array(v.string()),
    /** By a link or a code in a mail. */
    mail: v.boolean(),
  }),
  handler: async () => ({ providers: Object.keys(socialProviders()), mail: canSendMail() }),
});

/** Nothing in this module changes after it is loaded, so calls may share the loaded module. */
export const experimental_reuseContext = true;

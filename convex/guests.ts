// Guests, who keep their todos when they sign in or up later: the account takes over their data.

import { requireRunMutationCtx } from "@convex-dev/better-auth/utils";
import type { GenericCtx } from "@convex-dev/better-auth";
import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { APIError, createAuthMiddleware, getSessionFromCtx } from "better-auth/api";
import { anonymous } from "better-auth/plugins/anonymous";
import { internal } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";

/** Cookie that keeps a guest's id while the second factor of the account is asked for. */
const COOKIE = "guest";

/** How long the cookie is valid, in seconds. If a code expires, the next sign-in still knows the guest. */
const COOKIE_SECONDS = 60 * 60;

/** The routes at which a password may be the first of two steps. */
const PASSWORD = ["/sign-in/email", "/sign-in/username", "/sign-in/phone-number"];

/**
 * Returns the plugins for Better Auth's options. They come after `convex` there: otherwise `convex` would make the
 * token of a sign-in for the guest, who is about to be deleted.
 */
export const guests = (ctx: GenericCtx<DataModel>) => [
  anonymous({
    generateName: () => "Guest",
    // A domain that no mail ever reaches.
    generateRandomEmail: () => `${crypto.randomUUID()}@guest.invalid`,
    onLinkAccount: async ({ anonymousUser, newUser }) => handOver(ctx, anonymousUser.user.id, newUser.user.id),
  }),
  guestHandOver(ctx),
  guestAddress(),
];

/**
 * Refuses to give a guest an address. With one the guest could sign in, but the account would still be removed as a
 * guest's.
 */
const guestAddress = () =>
  ({
    id: "guest-address",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/change-email",
          handler: createAuthMiddleware(async (endpoint) => {
            const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
            if (!session?.user.isAnonymous) return;
            throw new APIError("FORBIDDEN", { code: "GUEST", message: "Sign up to have an address of your own." });
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

/**
 * Hands a guest's data over when the sign-in takes a second factor.
 *
 * The `anonymous` plugin does that when a sign-in makes a session. With a second factor, a password makes none, and Better
 * Auth ends the guest's session at that point. So the guest's id waits in a signed cookie until the sign-in is complete.
 * In the list of plugins it must come after `twoFactor` and `anonymous`.
 */
const guestHandOver = (ctx: GenericCtx<DataModel>) =>
  ({
    id: "guest-hand-over",
    hooks: {
      after: [
        {
          matcher: ({ path }) => path !== undefined && PASSWORD.includes(path),
          handler: createAuthMiddleware(async (endpoint) => {
            if (!asksForSecondFactor(endpoint.context.returned)) return;
            const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
            if (!session?.user.isAnonymous) return;
            const cookie = cookieOf(endpoint);
            await endpoint.setSignedCookie(cookie.name, session.user.id, endpoint.context.secret, cookie.attributes);
          }),
        },
        {
          matcher: ({ context }) => Boolean(context.newSession),
          handler: createAuthMiddleware(async (endpoint) => {
            const { newSession, internalAdapter, secret } = endpoint.context;
            const cookie = cookieOf(endpoint);
            const guestId = await endpoint.getSignedCookie(cookie.name, secret);
            if (!newSession || !guestId || newSession.user.isAnonymous) return;
            endpoint.setCookie(cookie.name, "", { ...cookie.attributes, maxAge: 0 });
            const guest = await internalAdapter.findUserById(guestId);
            if (!(guest as { isAnonymous?: boolean } | null)?.isAnonymous) return;
            await handOver(ctx, guestId, newSession.user.id);
            await internalAdapter.deleteUser(guestId);
          }),
        },
        {
          matcher: ({ path }) => path === "/sign-out",
          handler: createAuthMiddleware(async (endpoint) => {
            const cookie = cookieOf(endpoint);
            if (!endpoint.getCookie(cookie.name)) return;
            endpoint.setCookie(cookie.name, "", { ...cookie.attributes, maxAge: 0 });
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

/** Gives the guest's data to the account. */
const handOver = async (ctx: GenericCtx<DataModel>, from: string, to: string): Promise<void> => {
  await requireRunMutationCtx(ctx).runMutation(internal.ownership.handOver, { from, to });
};

const cookieOf = ({ context }: GenericEndpointContext) => context.createAuthCookie(COOKIE, { maxAge: COOKIE_SECONDS });

const asksForSecondFactor = (answer: unknown): boolean =>
  typeof answer === "object" && answer !== null && "twoFactorRedirect" in answer;

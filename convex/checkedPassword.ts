// Passwords that are removed or replaced while a sign-in checks them.

import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { deleteSessionCookie } from "better-auth/cookies";

/** What the hooks add to the context of a sign-in: the hash that its password was compared with. */
interface Checked {
  checkedPassword?: { hash?: string };
}

/**
 * Ends a session that a password opens after it has been removed or replaced. Checking a password takes a while. When
 * the owner of an address takes the account over, or resets the password, a sign-in with the old one may be under
 * way, and its session would come after the owner has ended all sessions. In the list of plugins it must come before
 * `twoFactor`.
 */
export const checkedPassword = () =>
  ({
    id: "checked-password",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/sign-in/email",
          handler: createAuthMiddleware(async ({ context }) => {
            const checked: { hash?: string } = {};
            const verify = (data: { hash: string; password: string }) => {
              checked.hash = data.hash;
              return context.password.verify(data);
            };
            return { context: { context: { checkedPassword: checked, password: { verify } } } };
          }),
        },
      ],
      after: [
        {
          matcher: ({ path }) => path === "/sign-in/email",
          handler: createAuthMiddleware(async (endpoint) => {
            const { newSession, internalAdapter } = endpoint.context;
            if (!newSession) return;
            const hash = (endpoint.context as Checked).checkedPassword?.hash;
            const accounts = await internalAdapter.findAccounts(newSession.user.id);
            if (accounts.some(({ providerId, password }) => providerId === "credential" && password === hash)) return;
            await internalAdapter.deleteSession(newSession.session.token);
            deleteSessionCookie(endpoint);
            endpoint.context.setNewSession(null);
            throw new APIError("UNAUTHORIZED", {
              code: "INVALID_EMAIL_OR_PASSWORD",
              message: "Invalid email or password",
            });
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

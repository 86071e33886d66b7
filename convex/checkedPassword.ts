// Passwords that are removed or replaced while a request checks them.

import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import { deleteSessionCookie } from "better-auth/cookies";

/** Whether a route opens a session for a password. */
const checksPassword = ({ path }: { path?: string }): boolean =>
  path === "/sign-in/email" || path === "/change-password";

/** What the hooks add to the context: the hash that the account has if nothing has changed it in the meantime. */
interface Checked {
  checkedPassword?: { hash?: string };
}

/**
 * Ends a session that a password opens after it has been removed or replaced. Checking a password takes a while. When
 * the owner of an address takes the account over, or resets the password, a request with the old one may be under
 * way, and its session would come after the owner has ended all sessions. In the list of plugins it must come before
 * `twoFactor`.
 */
export const checkedPassword = () =>
  ({
    id: "checked-password",
    hooks: {
      before: [
        {
          matcher: checksPassword,
          handler: createAuthMiddleware(async ({ context, path }) => {
            const checked: { hash?: string } = {};
            const { hash, verify } = context.password;
            // The first one notes the new password, and the second one the current one.
            const hashes = async (password: string) => (checked.hash = await hash(password));
            const verifies = (data: { hash: string; password: string }) => {
              checked.hash = data.hash;
              return verify(data);
            };
            const password = path === "/change-password" ? { hash: hashes } : { verify: verifies };
            return { context: { context: { checkedPassword: checked, password } } };
          }),
        },
      ],
      after: [
        {
          matcher: checksPassword,
          handler: createAuthMiddleware(async (endpoint) => {
            const { newSession, returned, internalAdapter } = endpoint.context;
            if (!newSession || isAPIError(returned)) return;
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

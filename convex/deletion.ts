// The password that deleting an account requires.

import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware, getSessionFromCtx } from "better-auth/api";

/**
 * Requires the password of an account that has one. Better Auth would accept a session of the last 24 hours instead, so
 * anybody who finds an open browser could delete the account.
 */
export const passwordToDelete = () =>
  ({
    id: "password-to-delete",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/delete-user",
          handler: createAuthMiddleware(async (endpoint) => {
            const { password } = (endpoint.body ?? {}) as { password?: unknown };
            if (typeof password === "string" && password !== "") return;
            const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
            if (!session) return;
            const accounts = await endpoint.context.internalAdapter.findAccounts(session.user.id);
            if (!accounts.some(({ providerId }) => providerId === "credential")) return;
            throw new APIError("BAD_REQUEST", { code: "INVALID_PASSWORD", message: "Enter your password" });
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

// The list of a person's sessions, for a session of any age.

import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";

/**
 * Answers `/list-sessions` for a session of any age. Better Auth requires one of the last 24 hours, but a person who
 * comes every day has an older one. The settings could then neither show the devices nor end a stolen session. Deleting
 * an account and unlinking one still require a fresh session.
 */
export const sessionListOfAnyAge = () =>
  ({
    id: "session-list-of-any-age",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/list-sessions",
          handler: createAuthMiddleware(async ({ context }) => ({
            context: { context: { sessionConfig: { ...context.sessionConfig, freshAge: 0 } } },
          })),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

// The list of a person's sessions, for a session of any age, and the end of all sessions but one.

import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import { endSessions } from "./claims";

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

/**
 * Makes `/revoke-other-sessions` end all others. Better Auth looks only at the hundred oldest, those that expired long ago
 * among them, and so ends none of an account that has been signed in to a hundred times.
 */
export const allOtherSessionsEnd = () =>
  ({
    id: "all-other-sessions-end",
    hooks: {
      after: [
        {
          matcher: ({ path }) => path === "/revoke-other-sessions",
          handler: createAuthMiddleware(async (endpoint) => {
            const { adapter, returned } = endpoint.context;
            if (isAPIError(returned)) return;
            const current = await getSessionFromCtx(endpoint, { disableRefresh: true });
            if (current) await endSessions(adapter, current.user.id, current.session.token);
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

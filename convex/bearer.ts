// Sessions in the header `Authorization: Bearer …`, in place of a cookie.

import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { bearer } from "better-auth/plugins/bearer";

/**
 * Lets hooks find the session of the header. The plugin `convex` turns the header into a cookie, but Better Auth gives
 * that cookie only to the route, after all hooks have run: the limits and checks of this app would find no session and
 * let the request pass. It must come first in the list of plugins.
 */
export const sessionInHeader = () => {
  const { matcher, handler } = bearer().hooks.before[0]!;
  return {
    id: "session-in-header",
    hooks: {
      before: [
        {
          matcher,
          handler: createAuthMiddleware(async (endpoint) => {
            const found = await handler({ ...endpoint, returnHeaders: false });
            const cookie = found?.context.headers.get("cookie");
            // All hooks of this request have the same headers.
            if (cookie) endpoint.headers?.set("cookie", cookie);
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
};

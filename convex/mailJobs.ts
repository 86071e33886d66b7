// The jobs of `mailRequests.ts`.

import { v } from "convex/values";
import { internalAction, internalMutation } from "./_generated/server";
import { createAuth } from "./auth";

/** Calls a route of Better Auth that sends a mail if there is an account. */
export const ask = internalAction({
  args: { route: v.string(), body: v.any() },
  returns: v.null(),
  handler: async (ctx, { route, body }) => {
    const routes = Object.values(createAuth(ctx).api) as { path?: string }[];
    const found = routes.find(({ path }) => path === route) as ((input: { body: unknown }) => Promise<unknown>) | undefined;
    if (!found) throw new Error(`Better Auth has no route ${route}.`);
    await found({ body });
    return null;
  },
});

/** Does nothing. Scheduled in place of a mail, so that requests with and without one look alike. */
export const nothing = internalMutation({ args: {}, returns: v.null(), handler: async () => null });

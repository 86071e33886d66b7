// The deletion of sessions that have ended.

import { v } from "convex/values";
import { components, internal } from "./_generated/api";
import { internalMutation } from "./_generated/server";

/** How many sessions one transaction deletes. */
const PAGE = 200;

/**
 * Deletes sessions that have ended, one page in each transaction. Better Auth deletes one only if its cookie is sent
 * again, so the others would stay, with the address and the browser of each sign-in.
 */
export const forgetEnded = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const deleted: { isDone: boolean } = await ctx.runMutation(components.betterAuth.adapter.deleteMany, {
      input: { model: "session", where: [{ field: "expiresAt", operator: "lt", value: Date.now() }] },
      paginationOpts: { numItems: PAGE, cursor: null },
    });
    if (!deleted.isDone) await ctx.scheduler.runAfter(0, internal.sessionCleanup.forgetEnded, {});
    return null;
  },
});

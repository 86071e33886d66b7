// The removal of guests who never came back.

import { v } from "convex/values";
import { components, internal } from "./_generated/api";
import { internalMutation } from "./_generated/server";
import { createAuth } from "./auth";

/** Guests who are older than this and signed in nowhere are removed. */
export const GUEST_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** How many guests one transaction checks; each may have a full list of todos. */
const PAGE = 10;

/** Removes guests who cannot come back, and their data: one page in each transaction. */
export const removeStale = internalMutation({
  args: { cursor: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { cursor }) => {
    const now = Date.now();
    const { findMany } = components.betterAuth.adapter;
    const { page, isDone, continueCursor } = await ctx.runQuery(findMany, {
      model: "user",
      where: [
        { field: "isAnonymous", value: true },
        { field: "updatedAt", operator: "lt", value: now - GUEST_KEPT_MS },
      ],
      paginationOpts: { numItems: PAGE, cursor: cursor ?? null },
    });
    const { internalAdapter } = await createAuth(ctx).$context;
    for (const guest of page as { _id: string }[]) {
      const { page: sessions } = await ctx.runQuery(findMany, {
        model: "session",
        where: [
          { field: "userId", value: guest._id },
          { field: "expiresAt", operator: "gt", value: now },
        ],
        paginationOpts: { numItems: 1, cursor: null },
      });
      if (sessions.length === 0) await internalAdapter.deleteUser(guest._id);
    }
    if (!isDone) await ctx.scheduler.runAfter(0, internal.guestCleanup.removeStale, { cursor: continueCursor });
    return null;
  },
});

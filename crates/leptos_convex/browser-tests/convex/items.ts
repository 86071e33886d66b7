// Functions that both clients call on the embedded backend: lists that grow while they are read page by page, and a
// query that fails for some data and recovers.

import { mutationGeneric as mutation, paginationOptsValidator, queryGeneric as query } from "convex/server";
import { ConvexError, v } from "convex/values";

/** Returns the positions in a list, page by page. */
export const page = query({
  args: { list: v.string(), paginationOpts: paginationOptsValidator },
  handler: async (ctx, { list, paginationOpts }) => {
    const result = await ctx.db
      .query("items")
      .withIndex("by_position", (q) => q.eq("list", list))
      .paginate(paginationOpts);
    return { ...result, page: result.page.map(({ position }) => position) };
  },
});

/** Returns the sum of all positions. Fails when one is negative. */
export const sum = query({
  args: { list: v.string() },
  handler: async (ctx, { list }) => {
    const items = await ctx.db
      .query("items")
      .withIndex("by_position", (q) => q.eq("list", list))
      .collect();
    const negative = items.find(({ position }) => position < 0);
    if (negative) throw new ConvexError({ code: "NEGATIVE", position: negative.position });
    return items.reduce((sum, { position }) => sum + position, 0);
  },
});

/** Adds items to a list. */
export const add = mutation({
  args: { list: v.string(), positions: v.array(v.number()) },
  handler: async (ctx, { list, positions }) => {
    for (const position of positions) await ctx.db.insert("items", { list, position });
    return positions.length;
  },
});

/** Removes an item from a list. */
export const remove = mutation({
  args: { list: v.string(), position: v.number() },
  handler: async (ctx, { list, position }) => {
    const item = await ctx.db
      .query("items")
      .withIndex("by_position", (q) => q.eq("list", list).eq("position", position))
      .first();
    if (!item) throw new Error(`nothing at ${position}`);
    await ctx.db.delete(item._id);
    return null;
  },
});

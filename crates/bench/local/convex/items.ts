// The functions that the benchmark of the embedded backend calls: they read, change and create documents.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

const TEXT = "A line of text, as a todo or a short message might have it, give or take a word.";

/** Returns the value of one item. A query with another `salt` is another query, for which no answer is cached. */
export const read = query({
  args: { key: v.number(), salt: v.optional(v.number()) },
  returns: v.number(),
  handler: async (ctx, { key }) => {
    const item = await ctx.db
      .query("items")
      .withIndex("by_key", (q) => q.eq("key", key))
      .unique();
    return item?.value ?? -1;
  },
});

/** Increments one item. */
export const bump = mutation({
  args: { key: v.number() },
  returns: v.number(),
  handler: async (ctx, { key }) => {
    const item = await ctx.db
      .query("items")
      .withIndex("by_key", (q) => q.eq("key", key))
      .unique();
    if (item === null) throw new Error(`no item ${key}`);
    await ctx.db.patch(item._id, { value: item.value + 1 });
    return item.value + 1;
  },
});

/** Creates the items `from` to `from + count - 1`. */
export const fill = mutation({
  args: { from: v.number(), count: v.number() },
  returns: v.null(),
  handler: async (ctx, { from, count }) => {
    for (let key = from; key < from + count; key++) {
      await ctx.db.insert("items", { key, value: 0, text: TEXT });
    }
    return null;
  },
});

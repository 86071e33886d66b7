// The book of the examples.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

export const page = query({
  args: { number: v.number() },
  handler: async (ctx, { number }) => {
    const page = await ctx.db
      .query("pages")
      .withIndex("by_number", (q) => q.eq("number", number))
      .first();
    return page?.text ?? "Empty";
  },
});

/** Writes a page, replacing its former text. */
export const write = mutation({
  args: { number: v.number(), text: v.string() },
  handler: async (ctx, { number, text }) => {
    const page = await ctx.db
      .query("pages")
      .withIndex("by_number", (q) => q.eq("number", number))
      .first();
    if (page) await ctx.db.patch(page._id, { text });
    else await ctx.db.insert("pages", { number, text });
    return null;
  },
});

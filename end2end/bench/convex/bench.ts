// The functions of the browser benchmark: any number of queries that read one counter, and a mutation that changes it.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

/**
 * Returns the counter plus `n`. Each `n` is a subscription of its own, and a change of the counter affects all of them.
 */
export const row = query({
  args: { counter: v.string(), n: v.number() },
  returns: v.number(),
  handler: async (ctx, { counter, n }) => {
    const found = await ctx.db
      .query("counters")
      .withIndex("by_name", (q) => q.eq("name", counter))
      .first();
    return (found?.value ?? 0) + n;
  },
});

/** Adds one to the counter. */
export const change = mutation({
  args: { counter: v.string() },
  returns: v.number(),
  handler: async (ctx, { counter }) => {
    const found = await ctx.db
      .query("counters")
      .withIndex("by_name", (q) => q.eq("name", counter))
      .first();
    const value = (found?.value ?? 0) + 1;
    if (found) await ctx.db.patch(found._id, { value });
    else await ctx.db.insert("counters", { name: counter, value });
    return value;
  },
});

// What the pages of the browser benchmark ask: any number of queries that read one counter.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

/** The counter plus `n`: one subscription for each `n`, all of which a change of the counter concerns. */
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

/** Counts up by one. */
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

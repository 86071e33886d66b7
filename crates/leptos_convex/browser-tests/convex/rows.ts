// A list in an order that the test chooses.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

export const list = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("rows").first())?.numbers.map((number: number) => ({ number })) ?? [],
});

/** Shows these numbers, in this order. */
export const set = mutation({
  args: { numbers: v.array(v.number()) },
  handler: async (ctx, { numbers }) => {
    const former = await ctx.db.query("rows").first();
    if (former) await ctx.db.patch(former._id, { numbers });
    else await ctx.db.insert("rows", { numbers });
    return null;
  },
});

// The counter of the examples.

import { type GenericMutationCtx, mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

export const get = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("counters").first())?.count ?? 0,
});

async function addTo(ctx: GenericMutationCtx<any>, amount: number): Promise<number> {
  const counter = await ctx.db.query("counters").first();
  const count = (counter?.count ?? 0) + amount;
  if (counter) await ctx.db.patch(counter._id, { count });
  else await ctx.db.insert("counters", { count });
  return count;
}

export const add = mutation({ args: { amount: v.number() }, handler: (ctx, { amount }) => addTo(ctx, amount) });

export const increment = mutation({
  args: {},
  handler: async (ctx) => {
    await addTo(ctx, 1);
    return null;
  },
});

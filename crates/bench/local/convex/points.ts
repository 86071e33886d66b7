// Vectors to search, like those of a small text model.

import { actionGeneric as action, mutationGeneric as mutation } from "convex/server";
import { v } from "convex/values";

const DIMENSIONS = 384;

/** Returns random numbers with few decimals. */
const vector = () => Array.from({ length: DIMENSIONS }, () => Math.round((Math.random() - 0.5) * 2000) / 1000);

/** Creates `count` points. */
export const fill = mutation({
  args: { count: v.number() },
  returns: v.null(),
  handler: async (ctx, { count }) => {
    for (let n = 0; n < count; n++) await ctx.db.insert("points", { embedding: vector() });
    return null;
  },
});

/** Searches for the points nearest to a random one. Returns how many it found. */
export const nearest = action({
  args: {},
  returns: v.number(),
  handler: async (ctx) => {
    const found = await ctx.vectorSearch("points", "by_embedding", { vector: vector(), limit: 10 });
    return found.length;
  },
});

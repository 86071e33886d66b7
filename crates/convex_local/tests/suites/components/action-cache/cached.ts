import { ActionCache } from "@convex-dev/action-cache";
import { actionGeneric, anyApi, componentsGeneric, internalActionGeneric, internalMutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const cache = new ActionCache(componentsGeneric().actionCache as any, { action: anyApi.cached.square as any });

export const square = internalActionGeneric({
  args: { n: v.number() },
  handler: async (ctx, { n }) => {
    await ctx.runMutation(anyApi.cached.note as any, { n });
    return n * n;
  },
});

export const note = internalMutationGeneric({
  args: { n: v.number() },
  handler: async (ctx, { n }) => void (await ctx.db.insert("runs", { n })),
});

export const get = actionGeneric({
  args: { n: v.number() },
  handler: async (ctx, { n }): Promise<number> => (await cache.fetch(ctx as any, { n } as any)) as number,
});

export const forget = actionGeneric({ args: {}, handler: async (ctx) => void (await cache.removeAll(ctx as any)) });

export const runs = queryGeneric({ args: {}, handler: async (ctx) => (await ctx.db.query("runs").collect()).length });

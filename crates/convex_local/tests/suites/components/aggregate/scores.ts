import { TableAggregate } from "@convex-dev/aggregate";
import { componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const scores = new TableAggregate<any>(componentsGeneric().aggregate as any, {
  sortKey: (doc: any) => doc.score,
  sumValue: (doc: any) => doc.score,
});

export const add = mutationGeneric({
  args: { name: v.string(), score: v.number() },
  handler: async (ctx, args) => {
    const id = await ctx.db.insert("scores", args);
    await scores.insert(ctx, (await ctx.db.get(id)) as any);
    return id;
  },
});

export const change = mutationGeneric({
  args: { id: v.id("scores"), score: v.number() },
  handler: async (ctx, { id, score }) => {
    const before = await ctx.db.get(id);
    await ctx.db.patch(id, { score });
    await scores.replace(ctx, before as any, (await ctx.db.get(id)) as any);
  },
});

export const remove = mutationGeneric({
  args: { id: v.id("scores") },
  handler: async (ctx, { id }) => {
    const before = await ctx.db.get(id);
    await ctx.db.delete(id);
    await scores.delete(ctx, before as any);
  },
});

export const summary = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const count = await scores.count(ctx);
    const keyAt = async (offset: number) => (await scores.at(ctx, offset)).key;
    return {
      count,
      sum: await scores.sum(ctx),
      max: (await scores.max(ctx))?.key ?? null,
      median: count === 0 ? null : await keyAt(Math.floor(count / 2)),
      above50: await scores.count(ctx, { bounds: { lower: { key: 50, inclusive: false } } } as any),
    };
  },
});

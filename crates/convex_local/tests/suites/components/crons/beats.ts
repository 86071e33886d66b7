import { Crons } from "@convex-dev/crons";
import { anyApi, componentsGeneric, internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const crons = new Crons(componentsGeneric().crons as any);

export const beat = internalMutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => void (await ctx.db.insert("beats", { name })),
});

export const register = mutationGeneric({
  args: { name: v.string(), ms: v.number() },
  handler: (ctx, { name, ms }) =>
    crons.register(ctx as any, { kind: "interval", ms }, anyApi.beats.beat as any, { name } as any, name),
});

export const registerSpec = mutationGeneric({
  args: { name: v.string(), cronspec: v.string() },
  handler: (ctx, { name, cronspec }) =>
    crons.register(ctx as any, { kind: "cron", cronspec }, anyApi.beats.beat as any, { name } as any, name),
});

export const list = queryGeneric({
  args: {},
  handler: async (ctx) => (await crons.list(ctx as any)).map(({ name, schedule }) => ({ name, schedule })),
});

export const remove = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => void (await crons.delete(ctx as any, { name })),
});

export const beats = queryGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => (await ctx.db.query("beats").collect()).filter((beat) => beat.name === name).length,
});

import { Migrations } from "@convex-dev/migrations";
import { anyApi, componentsGeneric, internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const migrations = new Migrations<any>(componentsGeneric().migrations as any, {
  internalMutation: internalMutationGeneric as any,
});

export const addGreeting = migrations.define({
  table: "users",
  batchSize: 10,
  migrateOne: (_: unknown, user: any) => ({ greeting: `Hello ${user.name}` }),
});

export const run = migrations.runner();

export const fill = mutationGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    for (let n = 0; n < count; n++) await ctx.db.insert("users", { name: `user ${n}` });
  },
});

export const start = mutationGeneric({
  args: {},
  handler: async (ctx) => void (await migrations.runOne(ctx as any, anyApi.users.addGreeting as any)),
});

export const status = queryGeneric({
  args: {},
  handler: async (ctx) =>
    await migrations.getStatus(ctx as any, { migrations: [anyApi.users.addGreeting as any] }),
});

export const greetings = queryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("users").collect()).map(({ greeting }) => greeting ?? null),
});

import { ShardedCounter } from "@convex-dev/sharded-counter";
import { componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const counter = new ShardedCounter(componentsGeneric().shardedCounter as any, { defaultShards: 8 });

export const add = mutationGeneric({
  args: { name: v.string(), by: v.number() },
  handler: async (ctx, { name, by }) => void (await counter.add(ctx as any, name, by)),
});

export const count = queryGeneric({
  args: { name: v.string() },
  handler: (ctx, { name }) => counter.count(ctx as any, name),
});

import { ActionRetrier } from "@convex-dev/action-retrier";
import { anyApi, componentsGeneric, internalActionGeneric, internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const retrier = new ActionRetrier(componentsGeneric().actionRetrier as any, { initialBackoffMs: 20, base: 2, maxFailures: 4 });

/** Fails the first `failures` times. */
export const flaky = internalActionGeneric({
  args: { failures: v.number() },
  handler: async (ctx, { failures }) => {
    const tries: number = await ctx.runMutation(anyApi.retried.count as any, {});
    if (tries <= failures) throw new Error(`try ${tries} fails`);
    return `at try ${tries}`;
  },
});

export const count = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("tries", {});
    return (await ctx.db.query("tries").collect()).length;
  },
});

export const start = mutationGeneric({
  args: { failures: v.number() },
  handler: (ctx, { failures }) => retrier.run(ctx as any, anyApi.retried.flaky as any, { failures } as any),
});

export const status = queryGeneric({
  args: { id: v.string() },
  handler: (ctx, { id }) => retrier.status(ctx as any, id as any),
});

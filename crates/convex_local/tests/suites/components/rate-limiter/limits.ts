import { HOUR, RateLimiter } from "@convex-dev/rate-limiter";
import { componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const limiter = new RateLimiter(componentsGeneric().rateLimiter as any, {
  bucket: { kind: "token bucket", rate: 60, period: HOUR, capacity: 2 },
  // Long, so that it is unlikely to end between two steps of the test.
  window: { kind: "fixed window", rate: 2, period: 24 * HOUR },
});

const name = v.union(v.literal("bucket"), v.literal("window"));

export const take = mutationGeneric({
  args: { name, key: v.string() },
  handler: async (ctx, { name, key }) => await limiter.limit(ctx as any, name, { key }),
});

export const check = queryGeneric({
  args: { name, key: v.string() },
  handler: async (ctx, { name, key }) => await limiter.check(ctx as any, name, { key }),
});

export const insist = mutationGeneric({
  args: { key: v.string() },
  handler: async (ctx, { key }) => void (await limiter.limit(ctx as any, "bucket", { key, throws: true })),
});

export const reset = mutationGeneric({
  args: { name, key: v.string() },
  handler: (ctx, { name, key }) => limiter.reset(ctx as any, name, { key }),
});

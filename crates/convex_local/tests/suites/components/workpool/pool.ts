import { Workpool, vOnCompleteArgs, vWorkId } from "@convex-dev/workpool";
import { anyApi, componentsGeneric, internalActionGeneric, internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const pool = new Workpool(componentsGeneric().workpool as any, { maxParallelism: 3 });

export const work = internalActionGeneric({
  args: { n: v.number() },
  handler: async (_, { n }) => {
    await new Promise((done) => setTimeout(done, 20));
    if (n === 3) throw new Error("three is refused");
    return n * n;
  },
});

export const note = internalMutationGeneric({
  args: vOnCompleteArgs(v.object({ n: v.number() })),
  handler: async (ctx, { context, result }: any) => {
    await ctx.db.insert("results", { n: context.n, kind: result.kind, value: result.returnValue ?? null });
  },
});

export const start = mutationGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    const ids = [];
    for (let n = 0; n < count; n++) {
      ids.push(
        await pool.enqueueAction(ctx as any, anyApi.pool.work as any, { n }, {
          onComplete: anyApi.pool.note as any,
          context: { n },
        } as any),
      );
    }
    return ids;
  },
});

export const statusOf = queryGeneric({ args: { id: vWorkId as any }, handler: (ctx, { id }: any) => pool.status(ctx as any, id) });

export const results = queryGeneric({
  args: {},
  handler: async (ctx) =>
    (await ctx.db.query("results").collect()).map(({ n, kind, value }) => ({ n, kind, value })),
});

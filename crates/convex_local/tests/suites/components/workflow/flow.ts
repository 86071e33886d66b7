import { WorkflowManager } from "@convex-dev/workflow";
import { Workpool } from "@convex-dev/workpool";
import { anyApi, componentsGeneric, internalActionGeneric, internalMutationGeneric, internalQueryGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const components = componentsGeneric();
const workflow = new WorkflowManager(components.workflow as any);
const pool = new Workpool(components.workpool as any, { maxParallelism: 2 });

export const order = (workflow as any).define({
  args: { item: v.string() },
  returns: v.string(),
  handler: async (step: any, { item }: { item: string }) => {
    const price = await step.runQuery(anyApi.flow.price, { item });
    const paid = await step.runAction(anyApi.flow.pay, { price }, { retry: true });
    await step.sleep(50);
    const drawn = Math.random();
    const at = Date.now();
    await step.runMutation(anyApi.flow.note, { text: `${item} ${paid}` });
    if (typeof drawn !== "number" || typeof at !== "number") throw new Error("no clock");
    return `${item}: ${paid}`;
  },
});

/** Waits in every possible way: for later steps, for a sleep, for two steps at once, and for an event. */
export const patient = (workflow as any).define({
  args: { wait: v.number() },
  returns: v.array(v.string()),
  handler: async (step: any, { wait }: { wait: number }) => {
    const later = await step.runAction(anyApi.flow.pay, { price: 1 }, { runAfter: wait });
    await step.sleep(wait);
    await step.runMutation(anyApi.flow.note, { text: "slept" }, { runAfter: wait });
    const both = await Promise.all([
      step.runAction(anyApi.flow.pay, { price: 2 }, { runAfter: wait }),
      step.runWorkflow(anyApi.flow.order, { item: "jam" }),
    ]);
    const event = await step.awaitEvent({ name: "arrived" });
    return [later, ...both, event];
  },
});

export const wait = mutationGeneric({
  args: { wait: v.number() },
  handler: async (ctx, args) =>
    await workflow.start(ctx as any, anyApi.flow.patient as any, args as any, {
      onComplete: anyApi.flow.ended as any,
      context: "of the one who started it",
    }),
});

export const arrive = mutationGeneric({
  args: { id: v.string(), value: v.string() },
  handler: async (ctx, { id, value }) =>
    void (await (workflow as any).sendEvent(ctx, { workflowId: id, name: "arrived", value })),
});

export const ended = internalMutationGeneric({
  args: { workflowId: v.string(), result: v.any(), context: v.string() },
  handler: async (ctx, { result, context }) =>
    void (await ctx.db.insert("notes", { text: `${result.kind}: ${result.returnValue} (${context})` })),
});

export const price = internalQueryGeneric({ args: { item: v.string() }, handler: (_, { item }) => item.length });

export const pay = internalActionGeneric({
  args: { price: v.number() },
  handler: async (_, { price }) => `paid ${price}`,
});

export const note = internalMutationGeneric({
  args: { text: v.string() },
  handler: async (ctx, { text }) => void (await ctx.db.insert("notes", { text })),
});

export const start = mutationGeneric({
  args: { item: v.string() },
  handler: async (ctx, { item }) => await workflow.start(ctx as any, anyApi.flow.order as any, { item } as any),
});

export const status = queryGeneric({
  args: { id: v.string() },
  handler: (ctx, { id }) => workflow.status(ctx as any, id as any),
});

export const notes = queryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text),
});

export const alsoPool = mutationGeneric({
  args: {},
  handler: (ctx) => pool.enqueueMutation(ctx as any, anyApi.flow.note as any, { text: "by the pool" } as any),
});

/** Returns what other calls see of the globals that a workflow replaces while it runs. */
export const surroundings = queryGeneric({
  args: {},
  handler: () => ({
    sine: Math.sin(0),
    random: typeof Math.random(),
    year: new Date(0).getUTCFullYear(),
    console: typeof console.log,
  }),
});

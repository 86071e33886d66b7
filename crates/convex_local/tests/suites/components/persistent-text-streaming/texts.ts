import { PersistentTextStreaming } from "@convex-dev/persistent-text-streaming";
import { componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const streaming = new PersistentTextStreaming(componentsGeneric().persistentTextStreaming as any);

export const create = mutationGeneric({ args: {}, handler: (ctx) => streaming.createStream(ctx as any) });

export const body = queryGeneric({
  args: { id: v.string() },
  handler: (ctx, { id }) => streaming.getStreamBody(ctx as any, id as any),
});

import { Presence } from "@convex-dev/presence";
import { componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const presence = new Presence(componentsGeneric().presence as any);

export const heartbeat = mutationGeneric({
  args: { roomId: v.string(), userId: v.string(), sessionId: v.string(), interval: v.number() },
  handler: (ctx, { roomId, userId, sessionId, interval }) =>
    presence.heartbeat(ctx as any, roomId, userId, sessionId, interval),
});

export const list = queryGeneric({
  args: { roomToken: v.string() },
  handler: async (ctx, { roomToken }) =>
    (await presence.list(ctx as any, roomToken)).map(({ userId, online }) => ({ userId, online })),
});

export const disconnect = mutationGeneric({
  args: { sessionToken: v.string() },
  handler: (ctx, { sessionToken }) => presence.disconnect(ctx as any, sessionToken),
});

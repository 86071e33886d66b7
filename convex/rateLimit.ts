// Counters for limits. One mutation checks and counts, so concurrent requests cannot exceed a limit.

import type { GenericCtx } from "@convex-dev/better-auth";
import { requireRunMutationCtx } from "@convex-dev/better-auth/utils";
import { v } from "convex/values";
import { internal } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
import { internalMutation, internalQuery, type MutationCtx, type QueryCtx } from "./_generated/server";
import { env } from "./environment";

/** At most `max` times in `window` seconds. The window starts with the first time. */
export interface Limit {
  max: number;
  window: number;
}

/** How many ended windows one mutation deletes. */
const FORGOTTEN_AT_ONCE = 500;
/** When to try again if the counter itself failed, in seconds. */
const RETRY_SECONDS = 1;

/** Whether requests are limited: always, unless `AUTH_RATE_LIMIT=off`, which is for tests. */
export const isLimited = (): boolean => env("AUTH_RATE_LIMIT") !== "off";

/** Counts once. Returns null, or how many seconds to wait if the limit is reached. */
export const count = async (ctx: Pick<MutationCtx, "db">, key: string, { max, window }: Limit): Promise<number | null> => {
  const now = Date.now();
  const row = await counter(ctx, key);
  if (!row || row.endsAt <= now) {
    const fresh = { key, count: 1, endsAt: now + window * 1000 };
    await (row ? ctx.db.replace(row._id, fresh) : ctx.db.insert("rateLimits", fresh));
    return null;
  }
  if (row.count >= max) return Math.ceil((row.endsAt - now) / 1000);
  await ctx.db.patch(row._id, { count: row.count + 1 });
  return null;
};

/** Counts once, in its own transaction. */
export const consume = internalMutation({
  args: { key: v.string(), max: v.number(), window: v.number() },
  returns: v.union(v.null(), v.number()),
  handler: async (ctx, { key, ...limit }) => await count(ctx, key, limit),
});

/** Returns whether the key has a count whose window has not ended. */
export const counted = internalQuery({
  args: { key: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { key }) => ((await counter(ctx, key))?.endsAt ?? 0) > Date.now(),
});

/** Deletes the count of a key. */
export const forgive = internalMutation({
  args: { key: v.string() },
  returns: v.null(),
  handler: async (ctx, { key }) => {
    const row = await counter(ctx, key);
    if (row) await ctx.db.delete(row._id);
    return null;
  },
});

/** Deletes the windows that have ended. */
export const forgetEnded = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const ended = ctx.db.query("rateLimits").withIndex("by_end", (q) => q.lte("endsAt", Date.now()));
    const rows = await ended.take(FORGOTTEN_AT_ONCE);
    for (const { _id } of rows) await ctx.db.delete(_id);
    if (rows.length === FORGOTTEN_AT_ONCE) {
      await ctx.scheduler.runAfter(0, internal.rateLimit.forgetEnded, {});
    }
    return null;
  },
});

const counter = (ctx: Pick<QueryCtx, "db">, key: string) =>
  ctx.db
    .query("rateLimits")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();

/**
 * Makes the key of a counter. It is a hash, because names contain people's addresses, and paths of any length.
 */
export const counterKey = async (...names: string[]): Promise<string> => {
  const bytes = new TextEncoder().encode(JSON.stringify(names));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/**
 * Counts once from within an action. Returns null, or how many seconds to wait.
 *
 * Refuses when it cannot count: an attacker must not get past a limit by making the counter fail.
 */
export const consumeFrom = async (ctx: GenericCtx<DataModel>, key: string, limit: Limit): Promise<number | null> => {
  try {
    const once = { key, max: limit.max, window: limit.window };
    return await requireRunMutationCtx(ctx).runMutation(internal.rateLimit.consume, once);
  } catch (error) {
    console.error("A request was refused because it could not be counted:", error);
    return RETRY_SECONDS;
  }
};

/** Returns whether a key is counted at present, from within an action. */
export const isCounted = (ctx: GenericCtx<DataModel>, key: string): Promise<boolean> =>
  ctx.runQuery(internal.rateLimit.counted, { key });

/** Deletes the count of a key, from within an action. If that fails, the count stays until its window ends. */
export const forgiveFrom = async (ctx: GenericCtx<DataModel>, key: string): Promise<void> => {
  try {
    await requireRunMutationCtx(ctx).runMutation(internal.rateLimit.forgive, { key });
  } catch (error) {
    console.error("A counter was not begun again:", error);
  }
};

/** Better Auth's routes below this path. */
const BASE_PATH = "/api/auth";
/** The end of a counter's name for a route with a parameter in its path. */
const PARAMETER = /(?<=\|\/(?:callback|reset-password))\/.*$/;

/**
 * Returns whether Better Auth has a route for this address. Better Auth counts each path by itself, before it looks for a
 * route. Somebody who requests ever new paths would never reach a limit, and add a count with each request.
 */
export const hasRoute = (api: object, url: string): boolean => {
  const { pathname } = new URL(url);
  const parts = pathname.startsWith(BASE_PATH) ? pathname.slice(BASE_PATH.length).split("/") : [];
  const isIt = ({ path }: { path?: string }) => {
    const route = path?.split("/");
    return route?.length === parts.length && route.every((part, i) => part.startsWith(":") || part === parts[i]);
  };
  return (Object.values(api) as { path?: string }[]).some(isIt);
};

/** The storage in which Better Auth counts its requests by the client's address. */
export const rateLimitStorage = (ctx: GenericCtx<DataModel>) => ({
  consume: async (key: string, rule: Limit) => {
    const retryAfter = await consumeFrom(ctx, await counterKey("address", key.replace(PARAMETER, "")), rule);
    return { allowed: retryAfter === null, retryAfter };
  },
  // Better Auth does not call these if there is `consume`, but its type requires them.
  get: async () => null,
  set: async () => {},
});

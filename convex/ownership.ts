// The data that a person owns besides the account. Add a new table of owned data to each of these functions.

import { v } from "convex/values";
import { internal } from "./_generated/api";
import { internalMutation, type MutationCtx } from "./_generated/server";

/** The maximum number of todos of one person. */
export const MAX_TODOS = 500;

/** How many rows of a table one transaction removes. */
const PAGE = 500;

/** Removes everything this person owns: one page in this transaction, the rest in the next ones. */
export const removeDataOf = async (ctx: Pick<MutationCtx, "db" | "scheduler">, userId: string): Promise<void> => {
  const todos = await todosOf(ctx, userId).take(PAGE);
  for (const { _id } of todos) await ctx.db.delete(_id);
  if (todos.length === PAGE) await ctx.scheduler.runAfter(0, internal.ownership.removeRest, { userId });
};

/** Removes the next page for [`removeDataOf`]. */
export const removeRest = internalMutation({
  args: { userId: v.string() },
  returns: v.null(),
  handler: async (ctx, { userId }) => {
    await removeDataOf(ctx, userId);
    return null;
  },
});

/**
 * Gives a guest's todos to the account that the guest signed in to, the newest first, up to the account's limit. The rest is
 * deleted with the guest.
 */
export const handOver = internalMutation({
  args: { from: v.string(), to: v.string() },
  returns: v.null(),
  handler: async (ctx, { from, to }) => {
    if (from === to) return null;
    const there = await todosOf(ctx, to).take(MAX_TODOS);
    const room = MAX_TODOS - there.length;
    const todos = room > 0 ? await todosOf(ctx, from).order("desc").take(room) : [];
    for (const { _id } of todos) await ctx.db.patch(_id, { userId: to });
    return null;
  },
});

const todosOf = (ctx: Pick<MutationCtx, "db">, userId: string) =>
  ctx.db.query("todos").withIndex("by_user", (q) => q.eq("userId", userId));

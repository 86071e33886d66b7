// What belongs to a person besides the account. A new table of things people own gets a line in each of these.

import { v } from "convex/values";
import { internalMutation, type MutationCtx } from "./_generated/server";

/** Removes everything that is this person's. */
export const removeTodosOf = async (ctx: Pick<MutationCtx, "db">, userId: string): Promise<void> => {
  for (const { _id } of await todosOf(ctx, userId).collect()) await ctx.db.delete(_id);
};

/** Gives everything a guest has to the account that the guest goes on with. */
export const handOver = internalMutation({
  args: { from: v.string(), to: v.string() },
  returns: v.null(),
  handler: async (ctx, { from, to }) => {
    if (from === to) return null;
    for (const { _id } of await todosOf(ctx, from).collect()) await ctx.db.patch(_id, { userId: to });
    return null;
  },
});

const todosOf = (ctx: Pick<MutationCtx, "db">, userId: string) =>
  ctx.db.query("todos").withIndex("by_user", (q) => q.eq("userId", userId));

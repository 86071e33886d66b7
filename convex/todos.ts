import { ConvexError, v } from "convex/values";
import type { Doc, Id } from "./_generated/dataModel";
import { mutation, query, type MutationCtx } from "./_generated/server";
import { MAX_TODOS } from "./ownership";
import { requireUserId } from "./users";

/** The maximum length of a text, in UTF-16 units. */
const MAX_TEXT = 500;

/** One thing to do. */
const todo = v.object({
  _id: v.id("todos"),
  _creationTime: v.number(),
  userId: v.string(),
  text: v.string(),
  completed: v.boolean(),
});

/** Returns the caller's own todo. Somebody else's is reported as missing. */
const requireOwn = async (ctx: MutationCtx, id: Id<"todos">): Promise<Doc<"todos">> => {
  const userId = await requireUserId(ctx);
  const found = await ctx.db.get(id);
  if (!found || found.userId !== userId) {
    throw new ConvexError({ code: "NOT_FOUND", message: "Todo not found." });
  }
  return found;
};

/** Returns the caller's todos, newest first. */
export const list = query({
  args: {},
  returns: v.array(todo),
  handler: async (ctx) => {
    const userId = await requireUserId(ctx);
    return await ctx.db
      .query("todos")
      .withIndex("by_user", (q) => q.eq("userId", userId))
      .order("desc")
      .take(MAX_TODOS);
  },
});

/** Adds a todo and returns its id. */
export const create = mutation({
  args: { text: v.string() },
  returns: v.id("todos"),
  handler: async (ctx, args) => {
    const userId = await requireUserId(ctx);
    const text = args.text.trim();
    if (text === "" || text.length > MAX_TEXT) {
      throw new ConvexError({
        code: "INVALID_TEXT",
        message: text === "" ? "Enter what to do." : `Use at most ${MAX_TEXT} characters.`,
      });
    }
    const mine = await ctx.db
      .query("todos")
      .withIndex("by_user", (q) => q.eq("userId", userId))
      .take(MAX_TODOS);
    if (mine.length === MAX_TODOS) {
      throw new ConvexError({
        code: "TOO_MANY",
        message: `There are ${MAX_TODOS} todos already. Clear some first.`,
      });
    }
    return await ctx.db.insert("todos", { userId, text, completed: false });
  },
});

/** Marks a todo as done, or as not done if it was. */
export const toggle = mutation({
  args: { id: v.id("todos") },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { _id, completed } = await requireOwn(ctx, args.id);
    await ctx.db.patch(_id, { completed: !completed });
    return null;
  },
});

/** Removes a todo. */
export const remove = mutation({
  args: { id: v.id("todos") },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { _id } = await requireOwn(ctx, args.id);
    await ctx.db.delete(_id);
    return null;
  },
});

/** Removes the caller's finished todos and returns how many there were. */
export const clearDone = mutation({
  args: {},
  returns: v.number(),
  handler: async (ctx) => {
    const userId = await requireUserId(ctx);
    const done = await ctx.db
      .query("todos")
      .withIndex("by_user_and_completed", (q) => q.eq("userId", userId).eq("completed", true))
      .take(MAX_TODOS);
    await Promise.all(done.map(({ _id }) => ctx.db.delete(_id)));
    return done.length;
  },
});

/** Nothing in this module changes after it is loaded, so calls may share the loaded module. */
export const experimental_reuseContext = true;

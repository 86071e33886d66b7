// The todos of the examples.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

export const list = query({
  args: { done: v.optional(v.boolean()) },
  handler: async (ctx, { done = false }) => {
    const todos = await ctx.db.query("todos").collect();
    return todos.filter((todo) => todo.done === done);
  },
});

export const get = query({ args: { id: v.id("todos") }, handler: (ctx, { id }) => ctx.db.get(id) });

export const count = query({
  args: { person: v.string() },
  handler: async (ctx, { person }) => {
    const todos = await ctx.db.query("todos").collect();
    return todos.filter((todo) => todo.person === person).length;
  },
});

export const add = mutation({
  args: { text: v.string(), person: v.string() },
  handler: (ctx, todo) => ctx.db.insert("todos", { done: false, ...todo }),
});

/** Changes the text of the todo that has this text. */
export const edit = mutation({
  args: { from: v.string(), to: v.string() },
  handler: async (ctx, { from, to }) => {
    const todos = await ctx.db.query("todos").collect();
    const todo = todos.find(({ text }) => text === from);
    if (todo) await ctx.db.patch(todo._id, { text: to });
    return null;
  },
});

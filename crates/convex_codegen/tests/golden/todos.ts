/**
 * Todos: each person has their own.
 */
import { v } from "convex/values";

/** The caller's todos, newest first. */
export const list = query({
  args: {},
});

/**
 * Adds a todo.
 *
 * Fails with a `ConvexError` when nobody is signed in.
 * @param text what to do
 */
export const create = mutation({
  args: {
    /** What is to be done; 1 to 200 characters. */
    text: v.string(),
    note: v.optional(v.union(v.string(), v.null())),
  },
});

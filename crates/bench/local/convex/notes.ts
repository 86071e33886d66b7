// Many small documents, to measure their memory and a start with them.

import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

const AUTHORS = 20_000;

const nameOf = (author: number) => `user-${author}`;

/** Counts the notes of an author. */
export const countOf = query({
  args: { author: v.number() },
  returns: v.number(),
  handler: async (ctx, { author }) => {
    const notes = await ctx.db
      .query("notes")
      .withIndex("by_author", (q) => q.eq("author", nameOf(author)))
      .collect();
    return notes.length;
  },
});

/** Creates the notes `from` to `from + count - 1`. */
export const fill = mutation({
  args: { from: v.number(), count: v.number() },
  returns: v.null(),
  handler: async (ctx, { from, count }) => {
    for (let n = from; n < from + count; n++) {
      await ctx.db.insert("notes", { author: nameOf(n % AUTHORS), title: `The title of note number ${n}` });
    }
    return null;
  },
});

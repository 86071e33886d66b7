// The messages of the examples, page by page.

import { mutationGeneric as mutation, paginationOptsValidator, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

export const list = query({
  args: { room: v.string(), paginationOpts: paginationOptsValidator },
  handler: (ctx, { room, paginationOpts }) =>
    ctx.db
      .query("messages")
      .withIndex("by_room", (q) => q.eq("room", room))
      .paginate(paginationOpts),
});

export const send = mutation({
  args: { room: v.string(), text: v.string() },
  handler: (ctx, message) => ctx.db.insert("messages", message),
});

/** Changes the text of the message that has this text. */
export const edit = mutation({
  args: { from: v.string(), to: v.string() },
  handler: async (ctx, { from, to }) => {
    const messages = await ctx.db.query("messages").collect();
    const message = messages.find(({ text }) => text === from);
    if (message) await ctx.db.patch(message._id, { text: to });
    return null;
  },
});

// Lists of any length, and edits of one of their items.

import { type GenericDatabaseReader, mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

const itemsOf = (db: GenericDatabaseReader<any>, list: string) =>
  db.query("items").withIndex("by_place", (q) => q.eq("list", list));

export const items = query({
  args: { list: v.string() },
  handler: (ctx, { list }) => itemsOf(ctx.db, list).collect(),
});

/** Adds an item to a list at each place from `from` up to `to`, with a text as people write them. */
export const fill = mutation({
  args: { list: v.string(), from: v.number(), to: v.number() },
  handler: async (ctx, { list, from, to }) => {
    for (let place = from; place < to; place++) {
      await ctx.db.insert("items", { list, place, text: `Item ${place}: buy milk, bread and cheese`, stars: 0, done: false });
    }
  },
});

/** Changes the item in the middle, puts one behind it, moves the last one to the top, or removes the one in the middle. */
export const edit = mutation({
  args: {
    list: v.string(),
    what: v.union(v.literal("change"), v.literal("insert"), v.literal("move"), v.literal("remove")),
    text: v.string(),
  },
  handler: async (ctx, { list, what, text }) => {
    const items = await itemsOf(ctx.db, list).collect();
    const middle = Math.floor(items.length / 2);
    const item = items[middle]!;
    if (what === "change") await ctx.db.patch(item._id, { text });
    if (what === "insert") {
      const { _id, _creationTime, ...fields } = item;
      await ctx.db.insert("items", { ...fields, text, place: (item.place + items[middle + 1]!.place) / 2 });
    }
    if (what === "move") await ctx.db.patch(items.at(-1)!._id, { text, place: items[0]!.place - 1 });
    if (what === "remove") await ctx.db.delete(item._id);
  },
});

export const star = mutation({
  args: { id: v.id("items") },
  handler: async (ctx, { id }) => {
    const item = await ctx.db.get(id);
    await ctx.db.patch(id, { stars: item!.stars + 1 });
  },
});

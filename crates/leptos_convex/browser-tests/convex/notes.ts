// Notes in a drawer. Each belongs to one person and must not reach another. Without a session, reading fails.

import { type Auth, mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { ConvexError, v } from "convex/values";

const drawer = { drawer: v.string() };

async function caller(auth: Auth): Promise<string> {
  const person = await auth.getUserIdentity();
  if (!person) throw new ConvexError("Nobody is signed in");
  return person.subject;
}

/** Returns the caller and the caller's notes. */
export const mine = query({
  args: drawer,
  handler: async (ctx, { drawer }) => {
    const owner = await caller(ctx.auth);
    const notes = await ctx.db
      .query("notes")
      .withIndex("by_owner", (q) => q.eq("drawer", drawer).eq("owner", owner))
      .collect();
    return { owner, texts: notes.map(({ text }) => text) };
  },
});

/** Writes a note for the caller. */
export const write = mutation({
  args: { ...drawer, text: v.string() },
  handler: async (ctx, { drawer, text }) => {
    await ctx.db.insert("notes", { drawer, owner: await caller(ctx.auth), text });
    return null;
  },
});

/** Writes a note for anybody. Callers need not be signed in. */
export const leave = mutation({
  args: { ...drawer, owner: v.string(), text: v.string() },
  handler: async (ctx, note) => {
    await ctx.db.insert("notes", note);
    return null;
  },
});

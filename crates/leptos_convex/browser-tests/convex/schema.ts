import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  items: defineTable({ list: v.string(), position: v.number() }).index("by_position", ["list", "position"]),
  counters: defineTable({ count: v.number() }),
  messages: defineTable({ room: v.string(), text: v.string() }).index("by_room", ["room"]),
  todos: defineTable({ text: v.string(), done: v.boolean(), person: v.string() }),
  pages: defineTable({ number: v.number(), text: v.string() }).index("by_number", ["number"]),
  rows: defineTable({ numbers: v.array(v.number()) }),
  notes: defineTable({ drawer: v.string(), owner: v.string(), text: v.string() }).index("by_owner", ["drawer", "owner"]),
});

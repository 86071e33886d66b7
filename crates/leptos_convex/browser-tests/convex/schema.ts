import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  items: defineTable({ list: v.string(), position: v.number() }).index("by_position", ["list", "position"]),
  notes: defineTable({ drawer: v.string(), owner: v.string(), text: v.string() }).index("by_owner", ["drawer", "owner"]),
});

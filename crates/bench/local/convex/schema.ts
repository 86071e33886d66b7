import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  items: defineTable({ key: v.number(), value: v.number(), text: v.string() }).index("by_key", ["key"]),
  notes: defineTable({ author: v.string(), title: v.string() })
    .index("by_author", ["author"])
    .index("by_title", ["title"]),
  points: defineTable({ embedding: v.array(v.float64()) }).vectorIndex("by_embedding", {
    vectorField: "embedding",
    dimensions: 384,
  }),
});

import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema(
  {
    notes: defineTable({ n: v.number() }).index("by_n", ["n"]),
    people: defineTable({ name: v.string() }),
  },
  { strictTableNameTypes: false },
);

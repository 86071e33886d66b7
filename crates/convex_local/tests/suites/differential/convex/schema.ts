import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  /** Accepts every document. */
  anything: defineTable(v.any())
    .index("by_a", ["a"])
    .index("by_b_a", ["b", "a"])
    .index("by_inner", ["o.x", "b"]),
  /** Accepts few documents, so that refusals are compared, too. */
  strict: defineTable({
    a: v.union(v.number(), v.string(), v.null()),
    b: v.optional(v.int64()),
    o: v.optional(v.object({ x: v.optional(v.any()), y: v.optional(v.array(v.boolean())) })),
  })
    .index("by_a", ["a"])
    .index("by_b_a", ["b", "a"]),
});

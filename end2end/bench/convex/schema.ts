import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
  items: defineTable({ list: v.string(), place: v.number(), text: v.string(), stars: v.number(), done: v.boolean() }).index(
    "by_place",
    ["list", "place"],
  ),
});

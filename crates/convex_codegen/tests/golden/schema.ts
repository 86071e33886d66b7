export default defineSchema({
  /** One thing to do. */
  todos: defineTable({
    /** Whether it is done. */
    isCompleted: v.boolean(),
    text: v.string(),
  }).index("by_user", ["userId"]),
});

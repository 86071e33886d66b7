import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  /** Things to do; each belongs to one person. */
  todos: defineTable({
    /** Better Auth's id of the person it belongs to. */
    userId: v.string(),
    text: v.string(),
    completed: v.boolean(),
  })
    .index("by_user", ["userId"])
    .index("by_user_and_completed", ["userId", "completed"]),

  /** How often something happened lately; see `rateLimit.ts`. */
  rateLimits: defineTable({
    /** A hash of what is counted. */
    key: v.string(),
    count: v.number(),
    /** When counting begins again, in milliseconds since 1970. */
    endsAt: v.number(),
  })
    .index("by_key", ["key"])
    .index("by_end", ["endsAt"]),

  /** Mails that were kept in development instead of being sent; see `emails.ts`. */
  devMails: defineTable({
    to: v.string(),
    subject: v.string(),
    text: v.string(),
    link: v.optional(v.string()),
    sentAt: v.number(),
  }),
});

// Better Auth's tables, with indexes that its generator leaves out.

import { defineSchema } from "convex/server";
import { tables } from "./generatedSchema";

export default defineSchema({
  ...tables,
  // Guests, by age: the cron that removes those who never came back.
  user: tables.user.index("isAnonymous_updatedAt", ["isAnonymous", "updatedAt"]),
  // A person's sessions that have not ended: the list of devices.
  session: tables.session.index("userId_expiresAt", ["userId", "expiresAt"]),
});

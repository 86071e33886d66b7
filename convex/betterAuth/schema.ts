// Better Auth's tables, with indexes that its generator leaves out.

import { defineSchema } from "convex/server";
import { tables } from "./generatedSchema";

export default defineSchema({
  ...tables,
  // Guests by age, for the cron that removes abandoned ones.
  user: tables.user.index("isAnonymous_updatedAt", ["isAnonymous", "updatedAt"]),
  // A person's active sessions, for the list of devices.
  session: tables.session.index("userId_expiresAt", ["userId", "expiresAt"]),
  // A person's trusted devices, to forget them.
  verification: tables.verification.index("value", ["value"]),
});

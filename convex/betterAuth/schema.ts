// The tables Better Auth wants, with an index it asks for and its generator leaves out.

import { defineSchema } from "convex/server";
import { tables } from "./generatedSchema";

export default defineSchema({
  ...tables,
  // A person's sessions that have not ended: the list of devices.
  session: tables.session.index("userId_expiresAt", ["userId", "expiresAt"]),
});

// The mail of the examples. Nothing is sent.

import { actionGeneric as action } from "convex/server";
import { v } from "convex/values";

export const send = action({ args: { to: v.string() }, handler: async () => null });

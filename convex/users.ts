// The person who calls.

import { ConvexError } from "convex/values";
import type { MutationCtx, QueryCtx } from "./_generated/server";
import { authComponent } from "./auth";

/** The caller's id, from a session that still stands. */
export const requireUserId = async (ctx: QueryCtx | MutationCtx): Promise<string> => {
  const user = await authComponent.safeGetAuthUser(ctx);
  if (!user) {
    throw new ConvexError({ code: "UNAUTHENTICATED", message: "Sign in to continue." });
  }
  return user._id;
};

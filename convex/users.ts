// The caller of a function.

import { ConvexError } from "convex/values";
import type { MutationCtx, QueryCtx } from "./_generated/server";
import { authComponent } from "./auth";

/** Returns the caller's id, if the session still exists. */
export const requireUserId = async (ctx: QueryCtx | MutationCtx): Promise<string> => {
  const user = await authComponent.safeGetAuthUser(ctx);
  if (!user) {
    throw new ConvexError({ code: "UNAUTHENTICATED", message: "Sign in to continue." });
  }
  return user._id;
};

import { Password } from "@convex-dev/auth/providers/Password";
import { convexAuth, getAuthUserId } from "@convex-dev/auth/server";
import { queryGeneric } from "convex/server";

export const { auth, signIn, signOut, store, isAuthenticated } = convexAuth({ providers: [Password] });

export const me = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const id = await getAuthUserId(ctx as any);
    return id === null ? null : ((await ctx.db.get(id))?.email ?? "no address");
  },
});

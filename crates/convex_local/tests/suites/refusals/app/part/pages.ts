import { queryGeneric as query } from "convex/server";

export const first = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("things").paginate({ cursor: null, numItems: 1 })).page,
});

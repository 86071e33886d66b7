import { createApi } from "@convex-dev/better-auth";
import { createAuthOptions } from "../auth";
import schema from "./schema";

/** How Better Auth reads and writes its tables. */
export const {
  create,
  findOne,
  findMany,
  updateOne,
  updateMany,
  deleteOne,
  deleteMany,
} = createApi(schema, createAuthOptions);

/** These functions keep nothing between calls, so they need not be loaded anew for each. */
export const experimental_reuseContext = true;

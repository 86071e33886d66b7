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

/** Nothing in this module changes after it is loaded, so calls may find it loaded. */
export const experimental_reuseContext = true;

import { createApi } from "@convex-dev/better-auth";
import { createAuthOptions } from "../auth";
import schema from "./schema";

/** The functions with which Better Auth reads and writes its tables. */
export const {
  create,
  findOne,
  findMany,
  updateOne,
  updateMany,
  deleteOne,
  deleteMany,
} = createApi(schema, createAuthOptions);

/** Nothing in this module changes after it is loaded, so calls may share the loaded module. */
export const experimental_reuseContext = true;

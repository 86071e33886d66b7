// The guide's import path for these. They are made in `convex/auth.ts`, because the functions and mails there need them,
// and a component's folder is for the component.

import type { GenericCtx } from "@convex-dev/better-auth";
import type { DataModel } from "../_generated/dataModel";
import { createAuth } from "../auth";

export { authComponent, createAuth, createAuthOptions, options } from "../auth";

/** For the Better Auth CLI alone. It reads the options of this instance and writes the schema. */
export const auth = createAuth({} as GenericCtx<DataModel>);

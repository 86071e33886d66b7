// The guide's import path for these. They are defined in `convex/auth.ts`, because the functions and mails there need
// them, and the folder of a component should contain only the component.

import type { GenericCtx } from "@convex-dev/better-auth";
import type { DataModel } from "../_generated/dataModel";
import { createAuth } from "../auth";

export { authComponent, createAuth, createAuthOptions, options } from "../auth";

/** Only for the Better Auth CLI, which reads the options of this instance and writes the schema. */
export const auth = createAuth({} as GenericCtx<DataModel>);

// The path the Better Auth guide imports these from. They are made in `convex/auth.ts`, since the functions there and
// the mails need them, and a component's folder is for the component.

import type { GenericCtx } from "@convex-dev/better-auth";
import type { DataModel } from "../_generated/dataModel";
import { createAuth } from "../auth";

export { authComponent, createAuth, createAuthOptions, options } from "../auth";

/** For the Better Auth CLI alone, which reads the options of this instance to write the schema. */
export const auth = createAuth({} as GenericCtx<DataModel>);

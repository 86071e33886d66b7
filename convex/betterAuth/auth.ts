import { createAuth } from "../auth";

/** For the Better Auth CLI alone, which reads the options of this instance to write the schema. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const auth = createAuth({} as any);

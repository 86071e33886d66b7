import { createFunctionHandle, makeFunctionReference, queryGeneric } from "convex/server";

/** Returns a handle to a function of this component, which may be internal. */
export const make = queryGeneric((_, { path }: { path: string }) =>
  createFunctionHandle(makeFunctionReference<"mutation">(path)),
);

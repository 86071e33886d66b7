import { createFunctionHandle, makeFunctionReference, queryGeneric } from "convex/server";

/** A handle to a function of this component, internal ones too. */
export const make = queryGeneric((_, { path }: { path: string }) =>
  createFunctionHandle(makeFunctionReference<"mutation">(path)),
);

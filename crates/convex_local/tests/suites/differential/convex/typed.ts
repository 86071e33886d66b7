// Functions with validators of many kinds, for arguments and for results.
import { queryGeneric } from "convex/server";
import { type PropertyValidators, type Validator, v } from "convex/values";

const takes = (args: PropertyValidators) => queryGeneric({ args, handler: () => "taken" });

export const anyId = takes({ value: v.id("anything") });
export const strictId = takes({ value: v.id("strict") });
export const perhapsId = takes({ value: v.optional(v.id("anything")) });
export const idsWithin = takes({ value: v.array(v.object({ x: v.union(v.null(), v.id("strict")) })) });
export const idOrNumber = takes({ value: v.union(v.id("anything"), v.id("strict"), v.number()) });
export const literals = takes({ value: v.union(v.literal("a"), v.literal(1), v.literal(true)) });
export const object = takes({ value: v.object({ x: v.optional(v.int64()), y: v.array(v.bytes()) }) });
export const anything = takes({ value: v.any() });

const gives = (returns: Validator<any, "required", any>) =>
  queryGeneric({ args: { value: v.any() }, returns, handler: (_, { value }) => value });

export const givesId = gives(v.id("strict"));
export const givesIds = gives(v.array(v.union(v.id("anything"), v.null())));

// Calls the component's functions for a client. `path` names a function of the component, such as `adapter:findOne`.
import { componentsGeneric, type FunctionReference, mutationGeneric, queryGeneric } from "convex/server";

type Reference = FunctionReference<"query" | "mutation", "internal">;
type Call = { path: string; args: Record<string, never> };

const find = (path: string) =>
  path.split(/[/:]/).reduce((node, name) => node[name], componentsGeneric().betterAuth) as unknown as Reference;

export const query = queryGeneric((ctx, { path, args }: Call) => ctx.runQuery(find(path) as never, args as never));

export const mutation = mutationGeneric((ctx, { path, args }: Call) =>
  ctx.runMutation(find(path) as never, args as never),
);

// A stand-in for `convex-test` in the tests that @convex-dev/better-auth publishes with its sources, among them the
// adapter suite of Better Auth itself (@better-auth/test-utils). The functions that they call run in convex-local.
//
// The app in `convex/` mounts the published functions as a component, with the schema that those tests need.
import { ConvexHttpClient } from "convex/browser";
import { anyApi, type FunctionReference, getFunctionName } from "convex/server";
import { afterAll } from "vitest";
import { type Backend, startBackend } from "../backend";

type Reference = FunctionReference<"query" | "mutation", "public" | "internal">;
type Args = Record<string, unknown>;

let started: Promise<Backend> | undefined;

/** Returns a client of the backend, of which each test file has one. */
async function client() {
  started ??= startBackend(`${import.meta.dirname}/convex`);
  return new ConvexHttpClient((await started).url, { logger: false });
}

afterAll(async () => {
  await (await started)?.stop();
});

const { call } = anyApi;

const query = async (reference: Reference | string, args: Args = {}) =>
  await (await client()).query(call.query, { path: getFunctionName(reference as Reference), args });

const mutation = async (reference: Reference | string, args: Args = {}) =>
  await (await client()).mutation(call.mutation, { path: getFunctionName(reference as Reference), args });

/** Answers the one system call that a test makes itself, outside of any function. */
async function asyncSyscall(operation: string, text: string) {
  const { name } = JSON.parse(text) as { name?: string };
  if (operation !== "1.0/createFunctionHandle" || name === undefined) {
    throw new Error(`${operation} is not available outside of a function`);
  }
  return JSON.stringify(await query("handles:make", { path: name }));
}

Object.assign(globalThis, { Convex: { asyncSyscall } });

/** Ignores the schema and the modules that a test gives: the app in `convex/` has them. */
export const convexTest = () => ({
  query,
  mutation,
  run: <T>(body: (ctx: { runQuery: typeof query; runMutation: typeof mutation }) => Promise<T>) =>
    body({ runQuery: query, runMutation: mutation }),
});

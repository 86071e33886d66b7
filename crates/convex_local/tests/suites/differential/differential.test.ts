// A comparison of convex-local with convex-test: the same scenarios must give the same answers.
//
// DIFFERENTIAL_RUNS is the number of scenarios (thousands take minutes). DIFFERENTIAL_SEED is the seed that a failure
// printed, to repeat it.
//
// Where convex-test differs from Convex, convex-local follows Convex, and exactly these points are not compared (paths
// are those of get-convex/convex-backend):
// - Comparisons by order in filters: see `spellOut` in convex/run.ts.
// - Arithmetic in filters, which convex-test leaves to JavaScript (`undefined + 1` is NaN, bigints grow without end) and
//   Convex refuses (`binary_arithmetic` in crates/common/src/query.rs). The Rust tests of the store cover it.
// - A page that ends exactly with the last document is the last page for convex-test. Convex has not looked further
//   (`read_page_from_query` in crates/isolate/src/environment/udf/async_syscall.rs): see `comparePages`.
// - A page between two cursors keeps its end in Convex (the same function). In convex-test the end is lost with the
//   document that was there: see `comparePagesAgain`.
// - `splitCursor` and `pageStatus` come from limits that convex-test does not have.
// - Messages of errors, except the one that the npm package `convex` itself writes.
import { convexToJson, type Value } from "convex/values";
import { ConvexHttpClient } from "convex/browser";
import { convexTest } from "convex-test";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend } from "../backend";
import * as run from "./convex/run";
import schema from "./convex/schema";
import type { Scenario, Step } from "./language";
import { scenario } from "./scenarios";
import { type Functions, Side } from "./side";

const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 100);
const SEED = process.env.DIFFERENTIAL_SEED;

let backend: Backend;
let local: Functions;

beforeAll(async () => {
  backend = await startBackend(`${import.meta.dirname}/convex`);
  local = new ConvexHttpClient(backend.url, { logger: false });
});

afterAll(() => backend.stop());

/** Returns a fresh convex-test with the same functions. */
const reference = () =>
  convexTest(schema, {
    "./convex/_generated/api.js": () => Promise.resolve({}),
    "./convex/run.ts": () => Promise.resolve(run),
  }) as unknown as Functions;

interface Pair {
  ours: Side;
  theirs: Side;
}

/** Compares as Convex's JSON, where −0 differs from 0 and the order of fields does not matter. */
const expectSame = (ours: Value, theirs: Value) => expect(convexToJson(ours)).toEqual(convexToJson(theirs));

async function comparePages({ ours, theirs }: Pair, reader: number, numItems: number, fromStart: boolean) {
  const [our, their] = [await ours.nextPage(reader, fromStart), await theirs.nextPage(reader, fromStart)];
  expectSame(our.page, their.page);
  if (their.isDone && !our.isDone) {
    expect(our.page).toHaveLength(numItems);
    expect(await ours.peek(reader)).toMatchObject({ page: [], isDone: true });
    for (const side of [ours, theirs]) side.forgetPage(reader);
  } else {
    expect(our.isDone).toBe(their.isDone);
  }
}

async function comparePagesAgain({ ours, theirs }: Pair, reader: number, n: number) {
  const [our, their] = [await ours.pageAgain(reader, n), await theirs.pageAgain(reader, n)];
  if (our === undefined || their === undefined) return expect(our).toBe(their);
  expectSame(our.page.page, their.page.page);
  expect(our.page).toMatchObject({ isDone: our.place.isDone, continueCursor: our.place.endCursor });
}

async function compare(pair: Pair, step: Step, { readers }: Scenario) {
  const { ours, theirs } = pair;
  switch (step.kind) {
    case "mutation":
      return expectSame(await ours.mutate(step), await theirs.mutate(step));
    case "query":
      return expectSame(await ours.look(step), await theirs.look(step));
    case "page": {
      const { reader, which } = step;
      if (typeof which === "object") return await comparePagesAgain(pair, reader, which.again);
      return await comparePages(pair, reader, readers[reader]!.numItems, which === "first");
    }
  }
}

test(`${RUNS} scenarios give the same answers on both sides`, { timeout: 60_000 + RUNS * 2_000 }, async () => {
  const counted = { scenarios: 0, steps: 0, operations: 0 };
  const property = fc.asyncProperty(scenario, async (scenario) => {
    const pair = {
      ours: await Side.start(local, scenario, { spellOut: false }),
      theirs: await Side.start(reference(), scenario, { spellOut: true }),
    };
    for (const step of scenario.steps) {
      await compare(pair, step, scenario);
      counted.operations += step.kind === "page" ? 1 : step.operations.length;
    }
    counted.scenarios += 1;
    counted.steps += scenario.steps.length;
  });
  // On failure fast-check prints the seed and the smallest failing scenario that it finds.
  await fc.assert(property, { numRuns: RUNS, ...(SEED && { seed: Number(SEED) }) });
  console.log(`${counted.scenarios} scenarios: ${counted.steps} function calls, ${counted.operations} operations`);
});

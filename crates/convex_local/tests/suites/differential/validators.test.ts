// A comparison of validators: convex-local and convex-test must accept the same random values, ids of each table among
// them, as arguments and results of functions. `v.record()` and literals of bigints are left out, because convex-test
// does not check them as Convex does. DIFFERENTIAL_RUNS sets the number of runs, DIFFERENTIAL_SEED repeats one.
import { anyApi } from "convex/server";
import type { Value } from "convex/values";
import { ConvexHttpClient } from "convex/browser";
import { convexTest } from "convex-test";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend } from "../backend";
import * as run from "./convex/run";
import schema from "./convex/schema";
import * as typed from "./convex/typed";
import { scalar } from "./scenarios";
import type { Functions } from "./side";

const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 100) * 5;
const SEED = process.env.DIFFERENTIAL_SEED;

let backend: Backend;
let sides: { functions: Functions; ids: string[] }[];

/** Inserts one document into each table. Their ids differ between the two sides. */
const operations = [
  { do: "insert", table: "anything", fields: {} },
  { do: "insert", table: "strict", fields: { a: "a" } },
];

beforeAll(async () => {
  backend = await startBackend(`${import.meta.dirname}/convex`);
  const modules = {
    "./convex/_generated/api.js": () => Promise.resolve({}),
    "./convex/run.ts": () => Promise.resolve(run),
    "./convex/typed.ts": () => Promise.resolve(typed),
  };
  const local = new ConvexHttpClient(backend.url, { logger: false });
  const both = [local, convexTest(schema, modules) as unknown as Functions];
  sides = await Promise.all(
    both.map(async (functions) => {
      const done = await functions.mutation(anyApi.run.mutate, { operations, fails: false, ids: [], spellOut: false });
      return { functions, ids: done.inserted };
    }),
  );
});

afterAll(() => backend.stop());

/** A placeholder for the id of the n-th document, which differs between the two sides. */
class Id {
  constructor(readonly n: number) {}
}

type Template = Value | Id | Template[] | { [name: string]: Template };

function withIds(template: Template, ids: string[]): Value {
  if (template instanceof Id) return ids[template.n]!;
  if (Array.isArray(template)) return template.map((item) => withIds(item, ids));
  if (template === null || typeof template !== "object" || template instanceof ArrayBuffer) return template as Value;
  return Object.fromEntries(Object.entries(template).map(([name, field]) => [name, withIds(field as Template, ids)]));
}

const id = fc.nat({ max: 1 }).map((n) => new Id(n));
const leaf: fc.Arbitrary<Template> = fc.oneof({ weight: 2, arbitrary: id }, scalar);
const list = fc.array(leaf, { maxLength: 3 });
const fields = (inner: fc.Arbitrary<Template>) =>
  fc.dictionary(fc.constantFrom("x", "y"), inner, { maxKeys: 2, noNullPrototype: true });
const objects = fc.array(fields(leaf), { maxLength: 2 });
const template: fc.Arbitrary<Template> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  list,
  fields(fc.oneof(leaf, list)),
  objects,
);

/** The argument object. Sometimes the argument is missing, or there is another one. */
const args: fc.Arbitrary<Template> = fc.oneof(
  { weight: 8, arbitrary: template.map((value) => ({ value })) },
  fc.constant({}),
  template.map((value) => ({ value, more: null })),
);

test(`${RUNS} values are accepted or refused equally on both sides`, { timeout: 60_000 + RUNS * 200 }, async () => {
  const counted = { taken: 0, refused: 0 };
  const name = fc.constantFrom(...Object.keys(typed));
  const property = fc.asyncProperty(name, args, async (name, args) => {
    const outcomes = sides.map(({ functions, ids }) =>
      functions.query(anyApi.typed[name], withIds(args, ids)).then(
        () => "taken" as const,
        () => "refused" as const,
      ),
    );
    const [ours, theirs] = await Promise.all(outcomes);
    expect(ours).toBe(theirs);
    counted[ours!] += 1;
  });
  await fc.assert(property, { numRuns: RUNS, ...(SEED && { seed: Number(SEED) }) });
  expect(Math.min(counted.taken, counted.refused)).toBeGreaterThan(RUNS / 20);
  console.log(`${counted.taken} values taken, ${counted.refused} refused`);
});

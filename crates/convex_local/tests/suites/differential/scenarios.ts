// Generators of random scenarios, with so few values that the same ones appear again and again.
import fc from "fast-check";
import type { Value } from "convex/values";
import {
  type Bound,
  type Ending,
  type Fields,
  type Filter,
  INDEXES,
  isRead,
  type Maybe,
  type Operation,
  type Reader,
  type Reading,
  type Scenario,
  type Step,
  type Table,
  TABLES,
} from "./language";

const bytes = (...items: number[]) => new Uint8Array(items).buffer;

/** Values of every scalar type, among them neighbours whose order or encoding may go wrong. */
const SCALARS: Value[] = [
  ...[null, false, true],
  ...[-(2n ** 63n), -1n, 0n, 1n, 2n ** 63n - 1n],
  ...[-Infinity, -1.5, -1, -0, 0, Number.MIN_VALUE, 1, 1.5, 2 ** 53, Infinity, NaN],
  // UTF-16 and UTF-8 order the last two differently.
  ...["", "\0", "a", "a\0", "aa", "b", "é", "\uffff", "😀"],
  ...[bytes(), bytes(0), bytes(0, 255), bytes(255)],
];

export const scalar = fc.constantFrom(...SCALARS);
/** Values that the strict table accepts in some field. */
const plain = fc.constantFrom<Value>(null, 0, 1, 1n, 2n, "a", "b");

const FIELDS = ["a", "b", "o"];

const inside = fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 2 }));
const object = fc.dictionary(fc.constantFrom("x", "y"), inside, { maxKeys: 2, noNullPrototype: true });
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 3, arbitrary: plain },
  fc.array(inside, { maxLength: 3 }),
  object,
);

const anyFields: fc.Arbitrary<Fields> = fc.dictionary(fc.constantFrom(...FIELDS), value, {
  maxKeys: 3,
  noNullPrototype: true,
});
const strictFields: fc.Arbitrary<Fields> = fc.record(
  { a: plain, b: fc.constantFrom<Value>(1n, 2n), o: fc.oneof(object, fc.constant<Value>({ y: [true] })) },
  { requiredKeys: ["a"], noNullPrototype: true },
);
const fields = fc.oneof({ weight: 2, arbitrary: anyFields }, strictFields);

const table = fc.constantFrom(...TABLES);
const which = fc.nat({ max: 60 });
const through = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, table);

const maybe: fc.Arbitrary<Maybe> = fc.oneof(
  { weight: 9, arbitrary: fc.oneof(plain, value).map((is) => ({ is })) },
  fc.constant({}),
);
const time = which.map((timeOf) => ({ timeOf }));

const filter = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    {
      weight: 3,
      arbitrary: fc.record({
        compare: fc.constantFrom("eq", "neq", "lt", "lte", "gt", "gte"),
        field: fc.constantFrom(...FIELDS, "o.x", "nowhere"),
        value: maybe,
      }),
    },
    fc.array(tie("filter"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("filter"), { maxLength: 3 }).map((any) => ({ any })),
    tie("filter").map((not) => ({ not })),
  ) as fc.Arbitrary<Filter>,
})).filter;

/** None, one or both ends of an interval. */
const bounds = (field: string, value: fc.Arbitrary<Maybe>): fc.Arbitrary<Bound[]> => {
  const bound = (...ops: Bound["op"][]) => fc.record({ op: fc.constantFrom(...ops), field: fc.constant(field), value });
  const [low, high] = [bound("gt", "gte"), bound("lt", "lte")];
  return fc.oneof(
    fc.constant<Bound[]>([]),
    fc.tuple(low),
    fc.tuple(high),
    fc.tuple(low, high),
    fc.tuple(high, low),
  );
};

/** Equalities on the first fields of an index, and an interval of the next. */
const range = (names: string[], ofTimes: fc.Arbitrary<Maybe>) =>
  fc.nat({ max: names.length - 1 }).chain((count) =>
    fc.record({
      equal: fc.tuple(...names.slice(0, count).map((field) => fc.record({ field: fc.constant(field), value: maybe }))),
      bounds: bounds(names[count]!, names[count] === "_creationTime" ? ofTimes : maybe),
    }),
  );

type Range = Pick<Reading, "index" | "equal" | "bounds">;

/** A cursor is bound to the values of its reading, so a paginated reading must have the same values each time. */
const reading = (ofTimes: fc.Arbitrary<Maybe>): fc.Arbitrary<Reading> =>
  table.chain((table) => {
    const indexes = { ...INDEXES[table], by_creation_time: [] };
    const from: fc.Arbitrary<Range> = fc.constantFrom(null, ...Object.keys(indexes)).chain((index) => {
      if (index === null) return fc.constant<Range>({ index, equal: [], bounds: [] });
      const names = [...indexes[index as keyof typeof indexes], "_creationTime"];
      return range(names, ofTimes).map((range) => ({ index, ...range }));
    });
    const rest = fc.record({
      order: fc.constantFrom(null, "asc" as const, "desc" as const),
      filter: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, filter),
    });
    return fc.tuple(from, rest).map(([from, rest]) => ({ table, ...from, ...rest }));
  });

const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.constantFrom<Ending>("collect", "first", "unique"),
  fc.nat({ max: 4 }).map((take) => ({ take })),
  fc.integer({ min: 1, max: 4 }).map((iterate) => ({ iterate })),
);

const word = <T extends Operation["do"]>(name: T) => fc.constant(name);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: word("insert"), table, fields }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: word("patch"),
      at: which,
      fields,
      unset: fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 2 }),
      through,
    }),
  },
  fc.record({ do: word("replace"), at: which, fields, through }),
  fc.record({ do: word("delete"), at: which, through }),
  fc.record({ do: word("get"), at: which, through }),
  fc.record({ do: word("normalize"), at: which, table }),
  { weight: 4, arbitrary: fc.record({ do: word("read"), reading: reading(time), ending }) },
);

const operations = fc.array(operation, { minLength: 1, maxLength: 12 });

const step = (readers: number): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("mutation" as const),
      operations,
      fails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
    fc.record({ kind: fc.constant("query" as const), operations: operations.map((all) => all.filter(isRead)) }),
    {
      weight: readers && 2,
      arbitrary: fc.record({
        kind: fc.constant("page" as const),
        reader: fc.nat({ max: Math.max(readers - 1, 0) }),
        which: fc.oneof(
          { weight: 4, arbitrary: fc.constant("next" as const) },
          fc.constant("first" as const),
          which.map((again) => ({ again })),
        ),
      }),
    },
  );

const reader: fc.Arbitrary<Reader> = fc.record({
  reading: reading(maybe),
  numItems: fc.integer({ min: 1, max: 4 }),
});

/** A scenario whose first step inserts documents. */
export const scenario: fc.Arbitrary<Scenario> = fc.array(reader, { maxLength: 2 }).chain((readers) =>
  fc.record({
    readers: fc.constant(readers),
    steps: fc
      .tuple(
        fc.array(fc.record({ do: word("insert"), table, fields }), { minLength: 3, maxLength: 12 }),
        fc.array(step(readers.length), { minLength: 1, maxLength: 12 }),
      )
      .map(([operations, rest]) => [{ kind: "mutation" as const, operations, fails: false }, ...rest]),
  }),
);

// The functions that carry out scenarios. The same file runs in convex-local and in convex-test.
import { mutationGeneric, queryGeneric } from "convex/server";
import { compareValues, ConvexError, type Value } from "convex/values";
import type { Comparison, Ending, Fields, Filter, Maybe, Operation, PageOptions, Reading } from "../language";

/** What every call needs to know about the backend that runs it. */
type Surroundings = {
  /** The ids of all documents that were inserted, in order. */
  ids: string[];
  /**
   * Whether comparisons by order in filters are replaced by lists of the documents that pass. convex-test compares with
   * JavaScript's `<`, while Convex uses the order of its values (`Expression::eval` in `crates/common/src/query.rs` of
   * get-convex/convex-backend).
   */
  spellOut: boolean;
};

// A scenario may name any table and field, so they cannot be typed.
/* eslint-disable @typescript-eslint/no-explicit-any */
type Db = any;
type Doc = Record<string, Value>;

/** A reading whose values are known. */
type Resolved = Reading & { candidates: Doc[] };

const at = ({ ids }: Surroundings, n: number): string | undefined => ids[n % ids.length];

const show = ({ ids }: Surroundings, doc: Doc | null) => {
  if (doc === null) return null;
  const { _id, _creationTime, ...fields } = doc;
  return { at: ids.indexOf(_id as string), fields };
};

async function resolveValue(db: Db, here: Surroundings, value: Maybe): Promise<Maybe> {
  if (value.timeOf === undefined) return value;
  const id = at(here, value.timeOf);
  const doc = id === undefined ? null : ((await db.get(id)) as Doc | null);
  return doc === null ? {} : { is: doc._creationTime! };
}

async function resolve(db: Db, here: Surroundings, reading: Reading): Promise<Resolved> {
  const known = <T extends { value: Maybe }>(parts: T[]) =>
    Promise.all(parts.map(async (part) => ({ ...part, value: await resolveValue(db, here, part.value) })));
  const candidates = here.spellOut && reading.filter ? await db.query(reading.table).collect() : [];
  return { ...reading, equal: await known(reading.equal), bounds: await known(reading.bounds), candidates };
}

/** Returns the value at a dotted path, as filters and indexes see it. */
const field = (doc: Doc, path: string) =>
  path.split(".").reduce<any>((value, name) => {
    const isObject = typeof value === "object" && value !== null;
    return isObject && !Array.isArray(value) && !(value instanceof ArrayBuffer) ? value[name] : undefined;
  }, doc) as Value | undefined;

const PASSES: Partial<Record<Comparison, (order: number) => boolean>> = {
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
};

function expression(q: any, filter: Filter, here: Surroundings, candidates: Doc[]): any {
  const inner = (parts: Filter[]) => parts.map((part) => expression(q, part, here, candidates));
  if ("all" in filter) return q.and(...inner(filter.all));
  if ("any" in filter) return q.or(...inner(filter.any));
  if ("not" in filter) return q.not(...inner([filter.not]));
  const passes = PASSES[filter.compare];
  if (!here.spellOut || passes === undefined) return q[filter.compare](q.field(filter.field), filter.value.is);
  const passing = candidates.filter((doc) => passes(compareValues(field(doc, filter.field), filter.value.is)));
  return q.or(...passing.map((doc) => q.eq(q.field("_id"), doc._id)));
}

function source(db: Db, here: Surroundings, reading: Resolved): any {
  const range = (q: any) => {
    const equal = reading.equal.reduce((q, { field, value }) => q.eq(field, value.is), q);
    return reading.bounds.reduce((q, { op, field, value }) => q[op](field, value.is), equal);
  };
  const { table, index, order, filter, candidates } = reading;
  const ranged = index === null ? db.query(table) : db.query(table).withIndex(index, range);
  const ordered = order === null ? ranged : ranged.order(order);
  return filter === null ? ordered : ordered.filter((q: any) => expression(q, filter, here, candidates));
}

async function end(query: any, ending: Ending): Promise<Doc[] | Doc | null> {
  if (ending === "collect") return await query.collect();
  if (ending === "first") return await query.first();
  if (ending === "unique") return await query.unique();
  if ("take" in ending) return await query.take(ending.take);
  const docs: Doc[] = [];
  for await (const doc of query) if (docs.push(doc) >= ending.iterate) break;
  return docs;
}

async function perform(db: Db, here: Surroundings, operation: Operation): Promise<Value> {
  if ("at" in operation && here.ids.length === 0) return "no documents yet";
  /** Returns the arguments that name a document, with its table or without. */
  const naming = (n: number, through: string | null) => (through === null ? [at(here, n)] : [through, at(here, n)]);
  switch (operation.do) {
    case "insert": {
      here.ids.push(await db.insert(operation.table, operation.fields));
      return here.ids.length - 1;
    }
    case "patch": {
      const unset = Object.fromEntries(operation.unset.map((name) => [name, undefined]));
      const patch: Record<string, Value | undefined> = { ...operation.fields, ...unset };
      return (await db.patch(...naming(operation.at, operation.through), patch)) ?? null;
    }
    case "replace":
      return (await db.replace(...naming(operation.at, operation.through), operation.fields as Fields)) ?? null;
    case "delete":
      return (await db.delete(...naming(operation.at, operation.through))) ?? null;
    case "get":
      return show(here, await db.get(...naming(operation.at, operation.through)));
    case "normalize":
      return here.ids.indexOf(db.normalizeId(operation.table, at(here, operation.at)));
    case "read": {
      const docs = await end(source(db, here, await resolve(db, here, operation.reading)), operation.ending);
      return Array.isArray(docs) ? docs.map((doc) => show(here, doc)) : show(here, docs);
    }
  }
}

/** Returns why an operation was refused, as far as both sides agree. Mistakes of this file are thrown again. */
function refusal(error: unknown): string {
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  return /unique\(\) query returned more than one/.test(String(error)) ? "not unique" : "refused";
}

async function performAll(db: Db, here: Surroundings, operations: Operation[]): Promise<Value[]> {
  const results: Value[] = [];
  for (const operation of operations) {
    try {
      results.push({ ok: await perform(db, here, operation) });
    } catch (error) {
      results.push({ no: refusal(error) });
    }
  }
  return results;
}

type Call<More> = Surroundings & More;

/** Returns the ids of inserted documents as well. A mutation that `fails` throws its results in an error. */
export const mutate = mutationGeneric(async ({ db }, call: Call<{ operations: Operation[]; fails: boolean }>) => {
  const here = { ...call, ids: [...call.ids] };
  const results = await performAll(db, here, call.operations);
  if (call.fails) throw new ConvexError({ results });
  return { results, inserted: here.ids.slice(call.ids.length) };
});

export const look = queryGeneric(async ({ db }, call: Call<{ operations: Operation[] }>) => ({
  results: await performAll(db, call, call.operations),
}));

export const page = queryGeneric(async ({ db }, call: Call<{ reading: Reading; options: PageOptions }>) => {
  const query = source(db, call, await resolve(db, call, call.reading));
  const { page, isDone, continueCursor } = await query.paginate(call.options);
  return { page: (page as Doc[]).map((doc) => show(call, doc)), isDone, continueCursor };
});

export const clear = mutationGeneric(async ({ db }: { db: Db }, { tables }: { tables: string[] }) => {
  for (const table of tables) for (const { _id } of await db.query(table).collect()) await db.delete(_id);
});

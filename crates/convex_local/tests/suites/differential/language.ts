// The language of scenarios, which `convex/run.ts` carries out on either backend.
import type { Value } from "convex/values";

export const TABLES = ["anything", "strict"] as const;
export type Table = (typeof TABLES)[number];

/** The declared fields of each table's indexes; `null` stands for a scan of the whole table. */
export const INDEXES: Record<Table, Record<string, string[]>> = {
  anything: { by_a: ["a"], by_b_a: ["b", "a"], by_inner: ["o.x", "b"] },
  strict: { by_a: ["a"], by_b_a: ["b", "a"] },
};

export type Fields = Record<string, Value>;

/**
 * A value that may be `undefined`, which arguments cannot hold: an absent `is`. `timeOf` stands for the creation
 * time of the n-th document, which differs between backends.
 */
export interface Maybe {
  is?: Value;
  timeOf?: number;
}

export type Comparison = "eq" | "neq" | "lt" | "lte" | "gt" | "gte";

export type Filter =
  | { compare: Comparison; field: string; value: Maybe }
  | { all: Filter[] }
  | { any: Filter[] }
  | { not: Filter };

export interface Bound {
  op: "gt" | "gte" | "lt" | "lte";
  field: string;
  value: Maybe;
}

/** The documents to read. An `Ending` says how many of them. */
export interface Reading {
  table: Table;
  index: string | null;
  equal: { field: string; value: Maybe }[];
  bounds: Bound[];
  order: "asc" | "desc" | null;
  filter: Filter | null;
}

export type Ending = "collect" | "first" | "unique" | { take: number } | { iterate: number };

/** Documents are named by the order in which they were inserted, because their ids differ between backends. */
export type Operation =
  | { do: "insert"; table: Table; fields: Fields }
  | { do: "patch"; at: number; fields: Fields; unset: string[]; through: Table | null }
  | { do: "replace"; at: number; fields: Fields; through: Table | null }
  | { do: "delete"; at: number; through: Table | null }
  | { do: "get"; at: number; through: Table | null }
  | { do: "normalize"; at: number; table: Table }
  | { do: "read"; reading: Reading; ending: Ending };

export const isRead = ({ do: word }: Operation) => ["get", "normalize", "read"].includes(word);

export interface PageOptions {
  numItems: number;
  cursor: string | null;
  endCursor?: string;
}

/** One function call. */
export type Step =
  | { kind: "mutation"; operations: Operation[]; fails: boolean }
  | { kind: "query"; operations: Operation[] }
  /** The next page of a reader, the first one again, or a page that was read before between the same cursors. */
  | { kind: "page"; reader: number; which: "next" | "first" | { again: number } };

export interface Reader {
  reading: Reading;
  numItems: number;
}

export interface Scenario {
  readers: Reader[];
  steps: Step[];
}

// Functions that load and fail, here as on a deployment.
import {
  actionGeneric as action,
  anyApi,
  componentsGeneric,
  internalQueryGeneric as internalQuery,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";

const self = anyApi.refused!;
const asQuery = (handler: (ctx: any) => unknown) => query({ args: {}, handler });
const asMutation = (handler: (ctx: any) => unknown) => mutation({ args: {}, handler });

// What a transaction must not do.
export const fetches = asQuery(async () => (await fetch("http://127.0.0.1:9")).status);
export const fetchesInMutation = asMutation(async () => (await fetch("http://127.0.0.1:9")).status);
export const waits = asQuery(() => new Promise((done) => setTimeout(done, 1)));
export const repeats = asMutation(() => void setInterval(() => {}, 1));
export const makesKeys = asQuery(() => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]));
export const neverEnds = asQuery(() => new Promise(() => {}));
export const rejects = asMutation(async (ctx) => {
  void Promise.reject(new Error("nobody looks"));
  await ctx.db.query("notes").first();
});

// What a realm lacks.
export const buffers = asQuery(() => (globalThis as any).Buffer.from("a").toString());
export const versions = asQuery(() => (globalThis as any).process.versions.node);
export const requires = asQuery(() => (globalThis as any).require("fs"));
export const builtin = asQuery(() => (globalThis as any).process.getBuiltinModule("fs"));

// Limits.
export const pagesTwice = asQuery(async (ctx) => {
  const page = () => ctx.db.query("notes").paginate({ cursor: null, numItems: 1 });
  await page();
  await page();
});
export const noPage = asQuery((ctx) => ctx.db.query("notes").paginate({ cursor: null, numItems: 0 }));
export const writesTooMuch = asMutation(async (ctx) => {
  const many = Array.from({ length: 16_001 }, (_, n) => ctx.db.insert("notes", { n }));
  await Promise.all(many);
});
export const schedulesTooMuch = asMutation(async (ctx) => {
  for (let n = 0; n <= 1000; n++) await ctx.scheduler.runAfter(0, self.fetchesInMutation, {});
});
export const nestsTooDeep = internalQuery({ args: {}, handler: (ctx): any => ctx.runQuery(self.nestsTooDeep, {}) });
export const nests = asQuery((ctx) => ctx.runQuery(self.nestsTooDeep, {}));
export const largeDocument = asMutation((ctx) => ctx.db.insert("free", { text: "x".repeat(1 << 20) }));
export const longArray = asMutation((ctx) => ctx.db.insert("free", { items: Array.from({ length: 8193 }, () => 0) }));

// Wrong uses.
export const mutatesInQuery = asQuery((ctx) => ctx.runMutation(self.writesTooMuch, {}));
export const callsMissing = action({ args: {}, handler: (ctx) => ctx.runQuery(self.missing!, {}) });
export const pagesInComponent = action({
  args: {},
  handler: (ctx) => ctx.runQuery((componentsGeneric() as any).part.pages.first, {}),
});
export const takesNote = query({ args: { id: v.id("notes") }, handler: (_, { id }) => id });
export const addsPerson = asMutation((ctx) => ctx.db.insert("people", { name: "ann" }));
export const wrongShape = asMutation((ctx) => ctx.db.insert("people", { name: 1 }));
export const reservedTable = asMutation((ctx) => ctx.db.insert("_things", { n: 1 }));
export const reservedField = asMutation((ctx) => ctx.db.insert("free", { $n: 1 }));
export const missingIndex = asQuery((ctx) => ctx.db.query("notes").withIndex("by_m").first());
export const wrongResult = query({ args: {}, returns: v.string(), handler: () => 1 as any });
export const takesText = query({ args: { text: v.string() }, handler: (_, { text }) => text.length });
export const hidden = internalQuery({ args: {}, handler: () => 1 });

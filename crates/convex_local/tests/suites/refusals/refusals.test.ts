// What a deployment refuses, and its messages: functions that load and fail, and folders that do not load.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend } from "../backend";
import { App } from "../components/app";

let backend: Backend;
let app: App;

beforeAll(async () => {
  backend = await startBackend(resolve(import.meta.dirname, "app"));
  app = new App(backend);
});

afterAll(() => backend.stop());

const notIn = (what: string) => `Can't use ${what} in queries and mutations. Please consider using an action.`;

/** The kind of the call, the function, and a part of the error's message. */
const failing: ["query" | "mutation" | "action", string, string][] = [
  ["query", "fetches", notIn("fetch()")],
  ["mutation", "fetchesInMutation", notIn("fetch()")],
  ["query", "waits", notIn("setTimeout")],
  ["mutation", "repeats", notIn("setInterval")],
  ["query", "makesKeys", notIn("cryptographic randomness")],
  ["query", "neverEnds", "Returned promise will never resolve"],
  ["mutation", "rejects", "Uncaught Error: nobody looks"],
  ["query", "buffers", "Uncaught TypeError: Cannot read properties of undefined (reading 'from')"],
  ["query", "versions", "Uncaught TypeError: Cannot read properties of undefined (reading 'node')"],
  ["query", "requires", "Uncaught TypeError: globalThis.require is not a function"],
  ["query", "builtin", "Uncaught TypeError: globalThis.process.getBuiltinModule is not a function"],
  ["query", "pagesTwice", "Convex only supports a single paginated query in each function."],
  ["query", "noPage", "Must request at least 1 document while paginating"],
  ["mutation", "writesTooMuch", "Too many writes in a single function execution (limit: 16000)"],
  ["mutation", "schedulesTooMuch", "Too many functions scheduled by this mutation (limit: 1000)"],
  ["query", "nests", "Cross component call depth limit exceeded. Do you have an infinite loop in your app?"],
  ["mutation", "largeDocument", "Value is too large (1.00 MiB > maximum size 1 MiB)"],
  ["mutation", "longArray", "Array length is too long (8193 > maximum length 8192)"],
  ["query", "mutatesInQuery", "ctx.runMutation is not a function"],
  ["action", "callsMissing", "Could not find"],
  ["action", "pagesInComponent", "paginate() is only supported in the app."],
  ["mutation", "wrongShape", 'Failed to insert or update a document in table "people" because it does not match the schema'],
  ["mutation", "reservedTable", "System tables (prefixed with `_`) are read-only."],
  ["mutation", "reservedField", "Field name $n starts with a '$', which is reserved."],
  ["query", "missingIndex", "Index notes.by_m not found."],
  ["query", "wrongResult", "ReturnsValidationError"],
  ["query", "hidden", "Could not find public function for 'refused:hidden'"],
  ["query", "missing", "Could not find public function for 'refused:missing'"],
  ["mutation", "fetches", "Trying to execute refused.js:fetches as Mutation, but it is defined as Query."],
];

test.each(failing)("a %s: %s", async (kind, name, text) => {
  await expect(app[kind](`refused:${name}`)).rejects.toThrow(text);
});

test("an id of another table is refused as an argument", async () => {
  const id = await app.mutation("refused:addsPerson");
  await expect(app.query("refused:takesNote", { id })).rejects.toThrow("ArgumentValidationError");
});

test("an argument that is too large or not declared is refused", async () => {
  await expect(app.query("refused:takesText", { text: "", more: 1 })).rejects.toThrow("ArgumentValidationError");
  const text = "x".repeat(17 << 20);
  await expect(app.query("refused:takesText", { text })).rejects.toThrow("BodyTooLarge");
});

const server = (text: string) =>
  `import { actionGeneric as action, mutationGeneric as mutation, queryGeneric as query } from "convex/server";\n${text}`;
const schema = (tables: string) =>
  `import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n` +
  `export default defineSchema({ ${tables} });`;

const uses = (text: string) =>
  `import { defineApp } from "convex/server";\nimport part from "./part/convex.config";\n` +
  `const app = defineApp();\n${text}\nexport default app;`;

/** The title, a file and its text, and a part of the error's message. */
const unloadable: [string, string, string, string][] = [
  ["a query in a file of Node.js", "things.ts", `"use node";\n${server("export const one = query({ handler: () => 1 });")}`, "is a Query function. Only actions can be defined in Node.js."],
  ["a mutation in a file of Node.js", "things.ts", `"use node";\n${server("export const one = mutation({ handler: () => 1 });")}`, "is a Mutation function. Only actions can be defined in Node.js."],
  ["routes in a file of Node.js", "http.ts", `"use node";\nexport default {};`, '"use node" directive is not allowed for http.ts.'],
  ["crons in a file of Node.js", "crons.ts", `"use node";\nexport default {};`, '"use node" directive is not allowed for crons.ts.'],
  ["a module of Node.js elsewhere", "things.ts", `import fs from "node:fs";\nexport const one = fs;`, 'Could not resolve "node:fs"'],
  ["a dash in a name", "my-things.ts", server("export const one = query({ handler: () => 1 });"), "my-things.js is not a valid path to a Convex module."],
  ["await at the top", "things.ts", "export const one = await Promise.resolve(1);", "Top-level awaits in source files are unsupported"],
  ["a module that throws", "things.ts", `export const one = fail();\nfunction fail(): never {\n  throw new Error("at the top");\n}`, "Uncaught Error: at the top"],
  ["a fetch at the top", "things.ts", `export const one = fetch("http://127.0.0.1:9");`, "fetch() unsupported at import time"],
  ["a timer at the top", "things.ts", "export const one = setTimeout(() => {}, 1);", "setTimeout unsupported at import time"],
  ["the database at the top", "things.ts", server(`const one = query({ handler: (ctx) => ctx.db.query("a").first() });\nawait1();\nfunction await1() { (globalThis as any).Convex.syscall("1.0/get", "{}"); }\nexport { one };`), "Can't use database at import time"],
  ["a table with a reserved name", "schema.ts", schema("_things: defineTable({})"), "_things"],
  ["an index with a reserved name", "schema.ts", schema(`things: defineTable({ n: v.number() }).index("by_id", ["n"])`), "by_id"],
  ["an index on a field that is not there", "schema.ts", schema(`things: defineTable({ n: v.number() }).index("by_m", ["m"])`), "by_m"],
  ["two indexes of one name", "schema.ts", schema(`things: defineTable({ n: v.number() }).index("by_n", ["n"]).index("by_n", ["n"])`), "by_n"],
  ["a default export that is no router", "http.ts", "export default {};", "The default export of `convex/http.js` is not a Router."],
  ["routes without a default export", "http.ts", "export const one = 1;", "`convex/http.js` must have a default export of a Router."],
  ["a dash in a component's name", "convex.config.ts", uses(`app.use(part, { name: "my-part" });`), "Identifier my-part has invalid character '-': Identifiers can only contain alphanumeric characters or underscores"],
  ["two components of one name", "convex.config.ts", uses("app.use(part);\napp.use(part);"), `has multiple child components with the same name: "part"`],
  ["a prefix for a component without routes", "convex.config.ts", uses(`app.use(part, { httpPrefix: "/part/" });`), `HTTP mount "/part/" is invalid: Child component "part" doesn't have any HTTP routes.`],
  ["a variable that a component does not declare", "convex.config.ts", uses(`app.use(part, { env: { KEY: "value" } } as any);`), `has no env var named "KEY"`],
  ["a default export that is no crons object", "crons.ts", "export default {};", "The default export of `convex/crons.js` is not a Crons object."],
];

test.each(unloadable)("does not load: %s", async (_, file, text, error) => {
  // Packages are searched for in the folder and its parents.
  const folder = await mkdtemp(join(tmpdir(), "convex-local-refusals-"));
  try {
    await symlink(resolve(import.meta.dirname, "../../../../node_modules"), join(folder, "node_modules"));
    const convex = join(folder, "convex");
    const files = {
      [file]: text,
      "part/convex.config.ts": `import { defineComponent } from "convex/server";\nexport default defineComponent("part");\n`,
    };
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(convex, name)), { recursive: true });
      await writeFile(join(convex, name), content);
    }
    const started = startBackend(convex).then((served) => served.stop());
    await expect(started).rejects.toThrow(error);
  } finally {
    await rm(folder, { recursive: true });
  }
});

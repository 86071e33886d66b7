import { expect, test } from "vitest";

const modules = import.meta.glob<Record<string, unknown>>(["./**/*.ts", "!./**/*.test.ts", "!./*.setup.ts", "!./convex.config.ts", "!./betterAuth/**"]);

/** The functions that anybody can call with the deployment's address alone, as `module:name`. */
const publicFunctions = async () => {
  const names = [];
  for (const [path, load] of Object.entries(modules)) {
    for (const [name, value] of Object.entries(await load())) {
      if ((value as { isPublic?: boolean } | undefined)?.isPublic) names.push(`${path.slice(2, -3)}:${name}`);
    }
  }
  return names.sort();
};

test("only the functions on this list can be called from outside; the reader of the kept mails is not on it", async () => {
  // Before you add one: what does it answer to a stranger?
  expect(await publicFunctions()).toEqual([
    "auth:getCurrentUser",
    "auth:sessionEnds",
    "auth:signInMethods",
    "todos:clearDone",
    "todos:create",
    "todos:list",
    "todos:remove",
    "todos:toggle",
  ]);
});

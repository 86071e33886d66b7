import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;
const suites = resolve(here, "convex_local/tests/suites");
const program = resolve(suites, "program.setup.ts");

// What needs Node.js from the outside: official clients and test suites of others against `convex-local`, and the calls of
// `leptos_better_auth` beside the official client's. `npm test` in this folder.
export default defineConfig({
  root: here,
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The published suites tell of every step.
    onConsoleLog: (log) => !/\[(Better Auth|Convex Adapter)\]/.test(log),
    projects: [
      {
        extends: true,
        root: suites,
        test: { name: "clients", globalSetup: program, include: ["**/*.test.{ts,tsx}"] },
      },
      {
        extends: true,
        // Its tests come as they are published, with the sources.
        root: resolve(here, "node_modules/@convex-dev/better-auth"),
        resolve: { alias: { "convex-test": resolve(suites, "adapter/convex-test.ts") } },
        test: {
          name: "better-auth",
          globalSetup: program,
          setupFiles: ["node-version", "not-like-convex"].map((name) => resolve(suites, `adapter/${name}.setup.ts`)),
          include: ["src/client/{adapter,adapter-pagination,triggers}.test.ts"],
          exclude: [],
          server: { deps: { inline: [/@convex-dev\/better-auth/, /@better-auth\/test-utils/] } },
        },
      },
      {
        extends: true,
        root: resolve(here, "leptos_better_auth/tests"),
        test: { name: "client-calls", include: ["*.test.ts"] },
      },
    ],
  },
});

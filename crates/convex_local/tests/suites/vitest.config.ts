import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;
const betterAuth = resolve(here, "../../../../node_modules/@convex-dev/better-auth");

// Official clients and test suites of others against `convex-local`: `npm run test:suites`.
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
        test: { name: "clients", globalSetup: "./program.setup.ts", include: ["**/*.test.{ts,tsx}"] },
      },
      {
        extends: true,
        // Its tests come as they are published, with the sources.
        root: betterAuth,
        resolve: { alias: { "convex-test": resolve(here, "adapter/convex-test.ts") } },
        test: {
          name: "better-auth",
          globalSetup: resolve(here, "program.setup.ts"),
          setupFiles: ["node-version", "not-like-convex"].map((name) => resolve(here, `adapter/${name}.setup.ts`)),
          include: ["src/client/{adapter,adapter-pagination,triggers}.test.ts"],
          exclude: [],
          server: { deps: { inline: [/@convex-dev\/better-auth/, /@better-auth\/test-utils/] } },
        },
      },
    ],
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // What Convex's own runtime is nearest to; see https://docs.convex.dev/testing/convex-test.
    environment: "edge-runtime",
    // Hashing passwords takes its time, on a busy machine more.
    testTimeout: 60_000,
    include: ["convex/**/*.test.ts"],
    server: { deps: { inline: ["convex-test", /@convex-dev[/](resend|workpool|batch-worker|rate-limiter)/] } },
    env: {
      // A deployment sets neither; with them Better Auth skips its check of origins.
      NODE_ENV: "",
      TEST: "",
      // All tests have the same address; those about limits say otherwise.
      AUTH_RATE_LIMIT: "off",
      BETTER_AUTH_SECRET: "a secret of the tests alone, which guards nothing",
      CONVEX_SITE_URL: "http://127.0.0.1:3211",
      SITE_URL: "http://localhost:3000",
    },
  },
});

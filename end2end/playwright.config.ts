import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

/** The system's Chromium if there is one, otherwise the browser that Playwright installed. */
const executablePath = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Specs about WebAssembly. */
const HYDRATE = /\.hydrate\.spec\.ts$/;
/** Specs that open no page, or that need to run only once. */
const NO_PAGE = /(better-auth-client[\w-]*|security)\.spec\.ts$/;

export default defineConfig({
  testDir: "tests",
  globalSetup: "./support/global-setup.ts",
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  // A busy machine may starve a browser. A test that passes only in a second try is reported as flaky.
  retries: process.env.CI ? 2 : 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never" }]],
  // One snapshot for both projects, because a screen reader reads the same with and without WebAssembly.
  snapshotPathTemplate: "{testDir}/__snapshots__/{testFileName}/{arg}{ext}",
  use: {
    ...devices["Desktop Chrome"],
    trace: "retain-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "hydrated" },
    // The crate's own tests, with the server of this folder.
    { name: "leptos_convex", testDir: "../crates/leptos_convex/browser-tests" },
    { name: "no-js", testIgnore: [HYDRATE, NO_PAGE], use: { javaScriptEnabled: false } },
  ],
});

// The Next.js app of the Better Auth + Convex guide, made in target/bench/next: its pages from this folder, the
// project's own Convex functions by name, packages as locked, a production build.
//
// In: CONVEX_URL, CONVEX_SITE_URL (`next build` writes both into the code).

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const parts = ["app", "lib", "jsconfig.json", "next.config.mjs", "package.json", "package-lock.json"];

/** Where the app is made. */
export const folder = join(root, "target/bench/next");

const run = (command, args, env) =>
  execFileSync(command, args, {
    cwd: folder,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...env },
    stdio: ["ignore", 2, 2],
  });

/**
 * Checks that both apps have the same versions of the packages that they share. They must differ only in their own
 * code.
 */
function checkVersions() {
  const read = (dir) => JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  const { dependencies: mine } = read(here);
  const { dependencies, devDependencies } = read(root);
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (mine[name] && mine[name] !== version) {
      throw new Error(`end2end/bench/next has ${name} ${mine[name]}, package.json ${version}: npm install --save-exact ${name}@${version} there`);
    }
  }
}

/** Makes the app for one backend. Packages are installed only when their lock file has changed. */
export function make(cloudUrl, siteUrl) {
  checkVersions();
  mkdirSync(folder, { recursive: true });
  const lock = readFileSync(join(here, "package-lock.json"), "utf8");
  const marker = join(folder, "node_modules/.bench-lock");
  const installed = existsSync(marker) && readFileSync(marker, "utf8") === lock;
  for (const part of [...parts, "convex", ".next"]) rmSync(join(folder, part), { recursive: true, force: true });
  for (const part of parts) cpSync(join(here, part), join(folder, part), { recursive: true });
  cpSync(join(root, "convex/_generated/api.js"), join(folder, "convex/_generated/api.js"));
  if (!installed) {
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    writeFileSync(marker, lock);
  }
  run("npx", ["--no-install", "next", "build"], {
    NEXT_PUBLIC_CONVEX_URL: cloudUrl,
    NEXT_PUBLIC_CONVEX_SITE_URL: siteUrl,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { CONVEX_URL, CONVEX_SITE_URL } = process.env;
  if (!CONVEX_URL || !CONVEX_SITE_URL) {
    console.error("Set CONVEX_URL and CONVEX_SITE_URL to the backend that the pages will use.");
    process.exit(1);
  }
  make(CONVEX_URL, CONVEX_SITE_URL);
}

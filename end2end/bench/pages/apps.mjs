// The apps that `pages.mjs` compares, and their backend: builds, starts and ends them.

import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { folder as nextFolder, make } from "../next/make.mjs";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const ours = (process.env.APPS ?? "leptos=target/release/server:target/site").split(",");
const convexLocal = resolve(root, process.env.CONVEX_LOCAL ?? "target/release/convex-local");
const work = join(root, "target/bench/pages");
const cloudPort = 4820;
export const cloudUrl = `http://127.0.0.1:${cloudPort}`;
const siteUrl = `http://127.0.0.1:${cloudPort + 1}`;
const firstPort = 4811;

/** The app that the targets apply to. */
export const firstApp = ours[0].split("=")[0];

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const children = [];
const ended = new Set();

/** Starts a program in a folder of its own; its output goes to a log beside it. */
function start(name, command, args, env, cwd = join(work, name)) {
  mkdirSync(cwd, { recursive: true });
  const log = createWriteStream(join(work, `${name}.log`));
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  child.on("error", (error) => console.error(`${name}: ${error.message}`));
  child.on("exit", () => ended.add(name));
  children.push(child);
  return child;
}

async function answers(name, url) {
  // If the program has ended, another one on its port must not be mistaken for it.
  for (let tries = 0; tries < 600 && !ended.has(name); tries++) {
    try {
      if ((await fetch(url, { redirect: "manual" })).status < 500 && !ended.has(name)) return;
    } catch {
      // Not yet.
    }
    await sleep(100);
  }
  throw new Error(`${name} does not answer at ${url}; its log is ${join(work, `${name}.log`)}`);
}

/** Creates a folder with the project's functions and packages. */
function functionsFolder(name) {
  const dir = join(work, name);
  mkdirSync(dir, { recursive: true });
  for (const part of ["convex", "node_modules", "package.json", "tsconfig.json"]) {
    if (existsSync(join(root, part))) symlinkSync(join(root, part), join(dir, part));
  }
  return dir;
}

/** Starts the backend and all apps, and returns the names and addresses of the apps. */
export async function startAll() {
  for (const app of ours) {
    if (!/^\w+=[^:]+:[^:]+$/.test(app)) throw new Error(`APPS: "${app}" is not name=server:site`);
  }
  if (process.env.NO_MAKE !== "true") {
    console.error("Making the Next.js app");
    make(cloudUrl, siteUrl);
  }
  rmSync(work, { recursive: true, force: true });
  const servers = ours.map((app, at) => {
    const [name, paths] = app.split("=");
    const [binary, site] = paths.split(":");
    return { name, binary: resolve(root, binary), site: resolve(root, site), port: firstPort + at };
  });
  const apps = [...servers, { name: "next", port: firstPort + servers.length }];
  for (const app of apps) app.url = `http://localhost:${app.port}`;
  const backend = [
    ["SITE_URL", apps[0].url],
    ["BETTER_AUTH_TRUSTED_ORIGINS", apps.map(({ url }) => url).join(",")],
    ["BETTER_AUTH_SECRET", "a secret of the benchmark alone, which guards nothing at all"],
    ["AUTH_RATE_LIMIT", "off"],
    ["GITHUB_CLIENT_ID", "bench"],
    ["GITHUB_CLIENT_SECRET", "bench"],
  ].flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const ports = ["--cloud-port", String(cloudPort), "--site-port", String(cloudPort + 1)];
  start("backend", convexLocal, ["dev", ...ports, ...backend], {}, functionsFolder("backend"));
  await answers("backend", `${cloudUrl}/version`);
  for (const { name, binary, site, port, url } of servers) {
    start(name, binary, [], {
      LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
      LEPTOS_SITE_ROOT: site,
      SITE_URL: url,
      CONVEX_URL: cloudUrl,
      CONVEX_SITE_URL: siteUrl,
      RUST_LOG: "warn",
    });
  }
  const next = apps.at(-1);
  const args = ["node_modules/next/dist/bin/next", "start", "--port", String(next.port), "--hostname", "127.0.0.1"];
  start("next", process.execPath, args, { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" }, nextFolder);
  for (const { name, url } of apps) await answers(name, url);
  return apps;
}

/** Ends all programs that were started. */
export function endAll() {
  for (const child of children) child.kill("SIGTERM");
}

// Bundles are kept by the content of what went into them, so that a start with nothing changed
// neither loads esbuild nor writes a file.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Builder } from "./bundle.mjs";
import { configFiles } from "./config.mjs";
import { digest, Earlier, marksOf, writeAtomically } from "./earlier.mjs";
import { BuildError, Bundler } from "./esbuild.mjs";

const KEPT_BUILDS = 3;
const KEPT_AGE = 5 * 60 * 1000;
const PLAN = "plan.json";
// Files that decide how imports resolve without being imports themselves.
const RESOLUTION = ["package.json", "tsconfig.json", "jsconfig.json", "node_modules/.package-lock.json"];

/** Changes when older bundles no longer run: folders that `prebuild.mjs` made must then be made again. */
export const PREBUILT = 1;

/** The unchanged plan of an earlier build. */
export function planOf(build) {
  return prebuiltPlan(build) ?? JSON.parse(fs.readFileSync(path.join(build, PLAN), "utf8"));
}

/** The plan of a folder that `prebuild.mjs` made, undefined for sources. Paths are relative to the project. */
function prebuiltPlan(convexDir) {
  const file = path.join(convexDir, PLAN);
  if (!fs.existsSync(file)) return undefined;
  const plan = JSON.parse(fs.readFileSync(file, "utf8"));
  if (plan.prebuilt === undefined) return undefined;
  if (plan.prebuilt !== PREBUILT) {
    throw new BuildError(`${file} was made for another version of this backend: bundle the functions again`);
  }
  const definitions = movedDefinitions(plan.definitions, (file) => path.resolve(path.dirname(convexDir), file));
  return { ...plan, definitions, inputs: [], deciding: [file], outDir: convexDir };
}

/** The definitions of a plan with all their paths changed. */
export function movedDefinitions(definitions, move) {
  return definitions.map(({ analysis, ...definition }) => ({
    ...definition,
    path: move(definition.path),
    dir: move(definition.dir),
    analysis: analysis && {
      ...analysis,
      childComponents: analysis.childComponents.map((child) => ({ ...child, path: move(child.path) })),
    },
  }));
}

/**
 * The plan for `convexDir`: the kept one if it is still valid, else a new build under `cacheDir`.
 * `serving` is the build in use, which must not be deleted.
 */
export async function planFor({ convexDir, cacheDir, version, env, serving }) {
  const prebuilt = prebuiltPlan(convexDir);
  if (prebuilt !== undefined) return prebuilt;
  const folder = digest(convexDir).slice(0, 12);
  const index = path.join(cacheDir, `index-${folder}.json`);
  const kept = readKept(index, version, env);
  const earlier = kept?.earlier;
  if (earlier?.holds()) return earlier.plan;
  const start = Date.now();
  const bundler = await Bundler.find(convexDir);
  const outDir = path.join(cacheDir, `build-${folder}-${start.toString(36)}-${process.pid}`);
  try {
    const builder = new Builder(bundler, convexDir, outDir, earlier?.resolvesTheSame() ? earlier : undefined);
    const plan = await builder.build();
    plan.deciding = decidingFor(convexDir);
    fs.writeFileSync(path.join(outDir, PLAN), JSON.stringify(plan));
    const marks = marksOf([...plan.inputs, ...plan.deciding], start, kept?.entry.marks);
    const entry = { version, plan, env: environmentOf(plan, env), made: builder.made, marks };
    writeAtomically(index, JSON.stringify(entry));
    prune(cacheDir, folder, [outDir, serving]);
    return plan;
  } catch (error) {
    fs.rmSync(outDir, { recursive: true, force: true });
    throw error;
  } finally {
    await bundler.stop();
  }
}

/** The last kept build, if this version can use it. */
function readKept(index, version, env) {
  try {
    const entry = JSON.parse(fs.readFileSync(index, "utf8"));
    if (entry.version !== version || !fs.existsSync(entry.plan.outDir)) return undefined;
    return { entry, earlier: new Earlier(entry, entry.env === environmentOf(entry.plan, env)) };
  } catch {
    return undefined;
  }
}

/** The environment, if a `convex.config.ts` reads it: the plan then depends on it. */
function environmentOf({ definitions, outDir }, env) {
  const looks = definitions.some(({ index }) => {
    const file = path.join(outDir, String(index), "convex.config.js");
    return fs.existsSync(file) && fs.readFileSync(file, "utf8").includes("process.env");
  });
  return looks ? digest(JSON.stringify(env)) : null;
}

/** The files that decide how imports resolve, whether or not they exist. */
function decidingFor(convexDir) {
  const files = new Set();
  for (const dir of [path.dirname(convexDir), convexDir]) {
    for (const name of RESOLUTION) files.add(path.join(dir, name));
    addExtended(path.join(dir, "tsconfig.json"), files);
  }
  return [...files, ...configFiles(convexDir)];
}

/** The files that a `tsconfig.json` extends decide, too: a path, a package, or a list of them. */
function addExtended(config, files) {
  let text;
  try {
    text = fs.readFileSync(config, "utf8");
  } catch {
    return;
  }
  // The file may have comments and trailing commas, which are not JSON, so it is searched instead of parsed.
  const given = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text)?.[1] ?? "";
  for (const [, name] of given.matchAll(/"([^"]+)"/g)) {
    const file = resolveExtended(config, name);
    if (file === undefined || files.has(file)) continue;
    files.add(file);
    addExtended(file, files);
  }
}

function resolveExtended(config, name) {
  if (/^(\.|\/)/.test(name)) {
    const file = path.resolve(path.dirname(config), name);
    return file.endsWith(".json") ? file : `${file}.json`;
  }
  const { resolve } = createRequire(config);
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      return resolve(candidate);
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** Deletes builds that no process can be using: other processes may build and load at the same time. */
function prune(cacheDir, folder, inUse) {
  const builds = fs
    .readdirSync(cacheDir)
    .filter((name) => name.startsWith(`build-${folder}-`))
    .map((name) => path.join(cacheDir, name))
    .filter((dir) => !inUse.includes(dir))
    .map((dir) => ({ dir, age: Date.now() - (modified(dir) ?? Date.now()) }))
    .sort((a, b) => a.age - b.age);
  for (const { dir, age } of builds.slice(KEPT_BUILDS)) {
    if (age > KEPT_AGE) fs.rmSync(dir, { recursive: true, force: true });
  }
}

function modified(dir) {
  return fs.statSync(dir, { throwIfNoEntry: false })?.mtimeMs;
}

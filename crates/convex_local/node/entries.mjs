// Which files of a functions folder are modules: the rules of the Convex CLI's bundler.
import fs from "node:fs";
import path from "node:path";

const EXTENSIONS = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx"];
const USE_NODE = /^\s*(?:(?:\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)\s*)*["']use node["']/;

/** `{ file, module, node }` of each module under `dir`; `module` is its path without extension. */
export function modulesOf(dir) {
  const found = [];
  for (const file of walk(dir, true)) {
    const relative = path.relative(dir, file).split(path.sep).join("/");
    if (!isEntry(relative)) continue;
    const source = fs.readFileSync(file, "utf8");
    // TypeScript files without import or export are scripts, not modules.
    if (/\.tsx?$/.test(file) && !/^\s{0,100}(import|export)/m.test(source)) continue;
    const module = relative.slice(0, -path.extname(relative).length);
    found.push({ file, module, node: USE_NODE.test(source) });
  }
  return found;
}

/** The first of `name.ts`, `name.js` that `dir` has. */
export function sourceFile(dir, name) {
  return [".ts", ".js"].map((ext) => path.join(dir, name + ext)).find((file) => fs.existsSync(file));
}

function isEntry(relative) {
  const base = path.posix.basename(relative);
  return (
    EXTENSIONS.includes(path.extname(base)) &&
    !relative.startsWith("_generated/") &&
    !relative.startsWith("_deps/") &&
    !base.startsWith(".") &&
    !base.startsWith("#") &&
    base !== "schema.ts" &&
    base !== "schema.js" &&
    // `auth.config.ts`, `convex.config.ts`, tests, type declarations.
    base.split(".").length === 2 &&
    !relative.includes(" ")
  );
}

function* walk(dir, isRoot = false) {
  if (!isRoot && fs.existsSync(path.join(dir, "convex.config.ts"))) return;
  const entries = fs.readdirSync(dir, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name === "node_modules") continue;
    const child = path.join(dir, entry.name);
    if (entry.isDirectory()) yield* walk(child);
    else if (entry.isFile()) yield child;
  }
}

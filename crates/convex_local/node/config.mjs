// The settings of the project's `convex.json` that affect how functions are bundled and run.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const NAME = "convex.json";

/** The error of an invalid `convex.json`, worded for its author. */
export class ConfigError extends Error {}

/** The places of the file: the folders above the functions, up to the first with a `package.json`. */
export function configFiles(convexDir) {
  const files = [];
  for (let dir = path.dirname(convexDir); ; dir = path.dirname(dir)) {
    files.push(path.join(dir, NAME));
    if (dir === path.dirname(dir) || fs.existsSync(path.join(dir, "package.json"))) return files;
  }
}

/** Reads `convex.json`; returns the settings for `"use node"` files. */
export function projectConfig(convexDir) {
  const file = configFiles(convexDir).find((candidate) => fs.existsSync(candidate));
  if (file === undefined) return { externalPackages: [], nodeVersion: undefined };
  let config;
  try {
    config = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(`${NAME} is not valid JSON: ${error.message}`);
  }
  const { externalPackages = [], nodeVersion } = config?.node ?? {};
  if (!Array.isArray(externalPackages) || !externalPackages.every((name) => typeof name === "string")) {
    throw new ConfigError(`${NAME}: node.externalPackages must be a list of package names`);
  }
  if (nodeVersion !== undefined && typeof nodeVersion !== "string") {
    throw new ConfigError(`${NAME}: node.nodeVersion must be a text like "22"`);
  }
  return { externalPackages, nodeVersion };
}

/** A warning that functions may behave otherwise when deployed, if the project names another version of Node.js. */
export function versionWarning({ nodeVersion }) {
  const here = process.versions.node.split(".")[0];
  if (nodeVersion === undefined || nodeVersion === here) return undefined;
  return `${NAME} asks for Node.js ${nodeVersion}, and "use node" functions run on ${here} here`;
}

/** Leaves packages of `node.externalPackages` out of bundles: they are loaded from `node_modules`. */
export function externalPackages({ externalPackages: listed }) {
  const isListed = (name) => name !== "convex" && (listed.includes(name) || listed.includes("*"));
  return {
    name: "external-packages",
    setup(build) {
      if (listed.length === 0) return;
      build.onResolve({ namespace: "file", filter: /^[^./]/ }, async (args) => {
        if (args.pluginData === NAME || !isListed(packageOf(args.path))) return undefined;
        const { kind, importer, resolveDir } = args;
        const found = await build.resolve(args.path, { kind, importer, resolveDir, pluginData: NAME });
        // The package is not installed, and esbuild reports that; or it is a module of Node.js.
        if (found.errors.length > 0 || found.external) return found;
        if (!found.path.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
        return { path: addressOf(args, found.path), external: true };
      });
    },
  };
}

function packageOf(specifier) {
  const [scope, name] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

/** Bundles lie outside the project, so packages are named by their paths. */
function addressOf({ kind, path: specifier, resolveDir }, found) {
  if (kind === "require-call" || kind === "require-resolve") {
    // Node.js chooses the file for `require()`, which may differ from the one for `import`.
    return createRequire(path.join(resolveDir, "package.json")).resolve(specifier);
  }
  return pathToFileURL(found).href;
}

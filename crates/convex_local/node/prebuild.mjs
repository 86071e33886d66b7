// Bundles a functions folder for a machine without its sources and packages:
//   node prebuild.mjs convex target/somewhere/convex
// The result serves in place of the sources. Node.js still runs it.
import fs from "node:fs";
import path from "node:path";
import { Builder } from "./bundle.mjs";
import { movedDefinitions, PREBUILT } from "./cache.mjs";
import { ConfigError, projectConfig } from "./config.mjs";
import { BuildError, Bundler } from "./esbuild.mjs";

const [from, to] = process.argv.slice(2);
try {
  if (to === undefined) throw new BuildError("usage: node prebuild.mjs CONVEX_DIR OUT_DIR");
  await prebuild(path.resolve(from), path.resolve(to));
} catch (error) {
  const isWorded = error instanceof BuildError || error instanceof ConfigError;
  console.error(isWorded ? error.message : error);
  process.exitCode = 1;
}

async function prebuild(convexDir, outDir) {
  if (fs.existsSync(outDir)) throw new BuildError(`${outDir} is there already`);
  const bundler = await Bundler.find(convexDir);
  try {
    const { definitions } = await new Builder(bundler, convexDir, outDir).build();
    refuseWhatStays(convexDir, outDir, definitions);
    // Their descriptions are in the plan.
    for (const { index } of definitions) {
      for (const end of ["", ".map"]) fs.rmSync(path.join(outDir, String(index), `convex.config.js${end}`), { force: true });
    }
    const root = path.dirname(convexDir);
    moveMaps(outDir, root);
    const plan = {
      prebuilt: PREBUILT,
      definitions: movedDefinitions(definitions, (file) => path.relative(root, file)),
    };
    fs.writeFileSync(path.join(outDir, "plan.json"), JSON.stringify(plan));
  } catch (error) {
    fs.rmSync(outDir, { recursive: true, force: true });
    throw error;
  } finally {
    await bundler.stop();
  }
}

/** Refuses what depends on this machine: packages that are not bundled, and its environment. */
function refuseWhatStays(convexDir, outDir, definitions) {
  const { externalPackages } = projectConfig(convexDir);
  const usesNode = definitions.some(({ nodeModules }) => nodeModules.length > 0);
  if (externalPackages.length > 0 && usesNode) {
    throw new BuildError(
      `convex.json: node.externalPackages leaves ${externalPackages.join(", ")} out of the bundles. Remove the list, or deploy the sources with their packages`,
    );
  }
  for (const { index, path: config } of definitions) {
    const file = path.join(outDir, String(index), "convex.config.js");
    if (!fs.existsSync(file) || !fs.readFileSync(file, "utf8").includes("process.env")) continue;
    throw new BuildError(
      `${path.relative(path.dirname(convexDir), config)} reads process.env, which would be that of this machine. Read variables in functions instead`,
    );
  }
}

/** Rewrites the paths in source maps to be relative to a `convex` folder by itself. */
function moveMaps(outDir, root) {
  const files = fs.readdirSync(outDir, { recursive: true }).filter((name) => name.endsWith(".map"));
  for (const name of files) {
    const file = path.join(outDir, name);
    const map = JSON.parse(fs.readFileSync(file, "utf8"));
    const here = path.dirname(path.join("convex", name));
    map.sources = map.sources.map((source) => {
      const inProject = path.relative(root, path.resolve(path.dirname(file), source));
      return path.relative(here, inProject);
    });
    fs.writeFileSync(file, JSON.stringify(map));
  }
}

// Bundling a functions folder with its components into `outDir`, with the project's esbuild.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, externalPackages, projectConfig, versionWarning } from "./config.mjs";
import { modulesOf, sourceFile } from "./entries.mjs";
import { asyncHooks, componentReferences, generatedFiles, serverOnly, wasm } from "./plugins.mjs";

const USE_NODE_HINT =
  '\n  Node.js modules can only be imported in files that start with "use node"; such files may ' +
  "define actions only. See https://docs.convex.dev/functions/runtimes#nodejs-runtime";

/** An error of the folder itself, already worded for the person who writes it. */
export class BuildError extends Error {}

/** Finds the esbuild that the project's `convex` package depends on. */
export async function findEsbuild(convexDir) {
  const fromProject = createRequire(path.join(convexDir, "package.json"));
  let entry;
  try {
    const convex = fromProject.resolve("convex/server");
    entry = createRequire(convex).resolve("esbuild");
  } catch {
    throw new BuildError(
      `The npm package "convex" is not installed for ${convexDir}. Run \`npm install\` in the project first, or \`npm install convex\` if it has no package.json that lists it.`,
    );
  }
  return (await import(pathToFileURL(entry).href)).default;
}

/** Builds everything; answers the plan that `load.mjs` follows, see `Plan` there. */
export class Builder {
  constructor(esbuild, convexDir, outDir) {
    this.esbuild = esbuild;
    this.convexDir = convexDir;
    this.root = path.dirname(convexDir);
    this.outDir = outDir;
    this.inputs = new Set();
    this.definitions = [];
    /** What the person who runs it should know; said at each load. */
    this.warnings = new Set();
    this.byPath = new Map();
    /** Which definitions each one uses. */
    this.uses = new Map();
  }

  async build() {
    fs.mkdirSync(this.outDir, { recursive: true });
    fs.writeFileSync(path.join(this.outDir, "package.json"), '{"type":"module"}');
    const config = sourceFile(this.convexDir, "convex.config");
    await this.define(config ?? this.convexDir, this.convexDir, config);
    const bundled = this.definitions.map((definition) =>
      this.bundleModules(definition, definition.dir === this.convexDir),
    );
    // All have ended, well or not, before anything is thrown: none may write afterwards.
    for (const { reason } of await Promise.allSettled(bundled)) {
      if (reason !== undefined) throw reason;
    }
    const { definitions, outDir } = this;
    return { definitions, inputs: [...this.inputs], warnings: [...this.warnings], outDir };
  }

  /** Evaluates one definition and, before it, those it uses; answers its name. */
  define(key, dir, config, user) {
    if (user !== undefined) this.noteUse(user, key);
    // A component may be used from several places, and is evaluated once.
    let known = this.byPath.get(key);
    if (known === undefined) {
      const definition = { index: this.definitions.length, path: key, dir, name: "", analysis: null };
      this.definitions.push(definition);
      known = this.evaluate(definition, config);
      this.byPath.set(key, known);
    }
    return known;
  }

  /** Refuses what would wait for itself. */
  noteUse(user, used) {
    this.uses.set(user, [...(this.uses.get(user) ?? []), used]);
    const way = (from, passed) => {
      if (from === user) return passed;
      for (const next of this.uses.get(from) ?? []) {
        const found = way(next, [...passed, next]);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const circle = way(used, [user, used]);
    if (circle === undefined) return;
    const shown = circle.map((file) => path.relative(this.root, file)).join(" -> ");
    throw new BuildError(`Components use one another in a circle: ${shown}`);
  }

  async evaluate(definition, config) {
    if (config === undefined) return "";
    const outfile = path.join(this.outDir, String(definition.index), "convex.config.js");
    await this.run({
      entryPoints: [config],
      outfile,
      plugins: [
        componentReferences(async (file) => await this.define(file, path.dirname(file), file, definition.path)),
        generatedFiles,
        serverOnly,
      ],
    });
    const { default: exported } = await import(pathToFileURL(outfile).href);
    if (typeof exported?.export !== "function") {
      const shown = path.relative(this.root, config);
      throw new BuildError(`${shown}: the default export must come from defineApp() or defineComponent()`);
    }
    definition.analysis = exported.export();
    definition.name = exported._name ?? "";
    return definition.name;
  }

  async bundleModules(definition, isRoot) {
    const { dir, index } = definition;
    const outdir = path.join(this.outDir, String(index));
    const modules = modulesOf(dir);
    checkModules(modules, isRoot);
    const entries = (list) => list.map(({ file, module }) => ({ in: file, out: module }));
    const extra = [];
    const schema = sourceFile(dir, "schema");
    if (schema !== undefined) extra.push({ in: schema, out: "schema" });
    const auth = isRoot ? sourceFile(dir, "auth.config") : undefined;
    if (auth !== undefined) extra.push({ in: auth, out: "auth.config" });
    const plain = [...entries(modules.filter(({ node }) => !node)), ...extra];
    const node = entries(modules.filter((module) => module.node));
    if (plain.length > 0) {
      const plugins = [asyncHooks, serverOnly, generatedFiles, wasm];
      const built = await this.run({
        entryPoints: plain,
        outdir,
        chunkNames: "_deps/[hash]",
        plugins,
        sourcemap: "inline",
        write: false,
      });
      await Promise.all(built.outputFiles.map((file) => this.writeScript(file)));
    }
    if (node.length > 0) {
      const project = this.project();
      await this.run({
        entryPoints: node,
        outdir,
        chunkNames: "_deps/node/[hash]",
        platform: "node",
        plugins: [serverOnly, externalPackages(project), generatedFiles, wasm],
      });
    }
    definition.modules = modules.filter(({ node }) => !node).map(({ module }) => module);
    definition.nodeModules = modules.filter(({ node }) => node).map(({ module }) => module);
    definition.hasSchema = schema !== undefined;
    definition.hasAuth = auth !== undefined;
  }

  /** What `convex.json` says. */
  project() {
    let project;
    try {
      project = projectConfig(this.convexDir);
    } catch (error) {
      throw error instanceof ConfigError ? new BuildError(error.message) : error;
    }
    const warning = versionWarning(project);
    if (warning !== undefined) this.warnings.add(warning);
    return project;
  }

  /** Writes a part of a bundle as a script that takes `exports` and `require`: see `realms.mjs`. */
  async writeScript({ path: file, text }) {
    const { code, map } = await this.transform(text, file);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, plainNames(plainExports(code)));
    fs.writeFileSync(`${file}.map`, map);
  }

  async transform(text, file) {
    try {
      return await this.esbuild.transform(text, {
        format: "cjs",
        target: `node${process.versions.node}`,
        // `import()` would be answered by Node.js; `require()` is answered in the realm.
        supported: { "dynamic-import": false, "from-base64": false },
        sourcemap: "external",
        sourcefile: path.basename(file),
        sourcesContent: false,
        logLevel: "silent",
      });
    } catch (error) {
      if (!/top-level await/i.test(error.message)) throw error;
      throw new BuildError("Top-level awaits in source files are unsupported");
    }
  }

  async run(options) {
    try {
      const built = await this.esbuild.build({
        absWorkingDir: this.root,
        bundle: true,
        platform: "browser",
        format: "esm",
        // Syntax that a deployment's engine has and this Node.js lacks, as `using`, is made of older one.
        target: `node${process.versions.node}`,
        supported: { "from-base64": false },
        jsx: "automatic",
        conditions: ["convex", "module"],
        sourcemap: "linked",
        sourcesContent: false,
        splitting: options.outdir !== undefined,
        keepNames: true,
        define: { "process.env.NODE_ENV": '"production"' },
        // CommonJS inside an ES module of a "use node" file asks for `require`.
        banner:
          options.platform === "node"
            ? { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' }
            : {},
        metafile: true,
        logLevel: "silent",
        ...options,
      });
      for (const file of Object.keys(built.metafile.inputs)) {
        if (!/^[a-z-]+:/.test(file)) this.inputs.add(path.resolve(this.root, file));
      }
      for (const warning of built.warnings) console.warn(this.problem(warning));
      return built;
    } catch (error) {
      if (!Array.isArray(error.errors) || error.errors.length === 0) throw error;
      throw new BuildError(error.errors.map((problem) => this.problem(problem)).join("\n"));
    }
  }

  problem({ text, location, notes }) {
    const forNode = (notes ?? []).some((note) => note.text.includes("bundle for node"));
    const hint = forNode ? USE_NODE_HINT : (notes ?? []).map((note) => `\n  ${note.text}`).join("");
    if (location === null) return text + hint;
    return `${location.file}:${location.line}:${location.column + 1}: ${text}${hint}`;
  }
}

/** esbuild copies the exports of a script once more; realms load often, so they take them as they are. */
function plainExports(code) {
  return code.replace(
    /^module\.exports = __toCommonJS\((\w+)\);$/m,
    'module.exports = Object.defineProperty($1, "__esModule", { value: true });',
  );
}

/**
 * esbuild names every function and class once more. Only those that it has renamed need that. Lines stay
 * where they are, for the source map.
 */
function plainNames(code) {
  return code
    .replace(/^[ ]*__name\(([\w$]+), "\1"\);$/gm, "")
    .replace(/(class ([\w$]+)[^\n]*\{|var ([\w$]+) = class[^\n]*\{)\n[ ]*static \{\n[ ]*__name\(this, "([\w$]+)"\);\n[ ]*\}\n/g, (whole, head, named, assigned, name) =>
      name === (named ?? assigned) ? `${head}\n\n\n\n` : whole,
    );
}

/** Refuses what a deployment refuses, in its words. */
function checkModules(modules, isRoot) {
  for (const { module, node } of modules) {
    const bad = module.split("/").find((part) => !/^[A-Za-z0-9_.]+$/.test(part));
    if (bad !== undefined) {
      const component = module.endsWith(bad) ? `${bad}.js` : bad;
      throw new BuildError(
        `${module}.js is not a valid path to a Convex module. Path component ${component} can only ` +
          "contain alphanumeric characters, underscores, or periods.",
      );
    }
    if (!node) continue;
    if (module === "http" || module === "crons") {
      throw new BuildError(`"use node" directive is not allowed for ${module}.ts.`);
    }
    if (!isRoot) {
      throw new BuildError(
        `Node actions are not supported in components. Remove \`"use node"\` from ${module}.js`,
      );
    }
  }
}

/** The hash of a file's content, or "absent". */
export function hashFile(file) {
  try {
    return createHash("sha256").update(fs.readFileSync(file)).digest("hex");
  } catch {
    return "absent";
  }
}

// The bundling of one definition's modules: what a change touches is bundled again, and the rest is taken from the
// build before.
//
// Each call loads one module into a realm, so modules need not share their parts: parts of a new build can be used
// beside parts of an earlier one.
import fs from "node:fs";
import path from "node:path";
import { ConfigError, externalPackages, projectConfig, versionWarning } from "./config.mjs";
import { digest, isVirtual, link, reached } from "./earlier.mjs";
import { modulesOf, sourceFile } from "./entries.mjs";
import { BuildError } from "./esbuild.mjs";
import { asyncHooks, generatedFiles, serverOnly, wasm } from "./plugins.mjs";

/** How large parts may become, compared with a full build, which shares more of them. */
const PATCHED = 2;

/** The modules of one definition, in its folder of the build. */
export class Modules {
  constructor(bundler, { dir }, outdir, isRoot) {
    this.bundler = bundler;
    this.dir = dir;
    this.outdir = outdir;
    this.isRoot = isRoot;
    /** Warnings for the person who runs the backend. */
    this.warnings = [];
    /** Information for the next build: on modules for realms, and on those of `"use node"` files. */
    this.made = { plain: nothing(), node: nothing() };
    /** How many modules were bundled. */
    this.bundled = 0;
  }

  /** Bundles what differs from the build `before`, if there is one; returns the entries for the plan. */
  async bundle(before) {
    const modules = modulesOf(this.dir);
    checkModules(modules, this.isRoot);
    const plain = modules.filter(({ node }) => !node);
    const node = modules.filter((module) => module.node);
    const schema = sourceFile(this.dir, "schema");
    const auth = this.isRoot ? sourceFile(this.dir, "auth.config") : undefined;
    const all = [...plain];
    if (schema !== undefined) all.push({ file: schema, module: "schema" });
    if (auth !== undefined) all.push({ file: auth, module: "auth.config" });
    await this.forRealms(all, before);
    await this.forNode(node, before);
    return {
      modules: plain.map(({ module }) => module),
      nodeModules: node.map(({ module }) => module),
      hasSchema: schema !== undefined,
      hasAuth: auth !== undefined,
      versions: Object.fromEntries(all.map(({ module }) => [module, this.made.plain.entries[module].version])),
    };
  }

  async forRealms(wanted, before) {
    const kept = wanted.filter((entry) => before?.keeps("plain", entry));
    const rest = wanted.filter((entry) => !kept.includes(entry));
    const made = this.made.plain;
    if (kept.length > 0 && !before.isMuch(rest)) {
      this.take("plain", kept, before);
      made.whole = before.made.plain.whole;
      await this.bundleForRealms(rest, before);
      if (sizeOf(made) <= PATCHED * made.whole) return;
      this.made.plain = nothing();
    }
    // After a full build most parts are the same as before.
    await this.bundleForRealms(wanted, before);
    this.made.plain.whole = sizeOf(this.made.plain);
  }

  async bundleForRealms(wanted, before) {
    if (wanted.length === 0) return;
    const built = await this.bundler.bundle({
      entryPoints: wanted.map(({ file, module }) => ({ in: file, out: module })),
      outdir: this.outdir,
      chunkNames: "_deps/[hash]",
      plugins: [asyncHooks, serverOnly, generatedFiles, wasm],
      sourcemap: "inline",
      write: false,
    });
    this.bundled += wanted.length;
    this.note("plain", wanted, built);
    await Promise.all(built.outputFiles.map((file) => this.writeScript(file, before)));
  }

  /** The modules of `"use node"` files share a process and so their state: all or none are bundled. */
  async forNode(wanted, before) {
    if (wanted.length === 0) return;
    const project = this.project();
    if (wanted.every((entry) => before?.keeps("node", entry))) {
      this.take("node", wanted, before);
      return;
    }
    const built = await this.bundler.bundle({
      entryPoints: wanted.map(({ file, module }) => ({ in: file, out: module })),
      outdir: this.outdir,
      chunkNames: "_deps/node/[hash]",
      platform: "node",
      plugins: [serverOnly, externalPackages(project), generatedFiles, wasm],
    });
    this.bundled += wanted.length;
    this.note("node", wanted, built);
  }

  /** The settings of `convex.json`. */
  project() {
    let project;
    try {
      project = projectConfig(this.dir);
    } catch (error) {
      throw error instanceof ConfigError ? new BuildError(error.message) : error;
    }
    const warning = versionWarning(project);
    if (warning !== undefined) this.warnings.push(warning);
    return project;
  }

  /** Takes modules over from an earlier build. */
  take(half, entries, before) {
    const [made, from] = [this.made[half], before.made[half]];
    for (const { module } of entries) {
      const entry = from.entries[module];
      made.entries[module] = entry;
      for (const file of reached(from.imports, entry.from)) made.imports[file] = from.imports[file];
      for (const part of entry.parts) {
        if (part in made.parts) continue;
        made.parts[part] = from.parts[part];
        this.link(part, before);
      }
    }
  }

  /** Notes the inputs and the parts of bundles. */
  note(half, wanted, { metafile, outputFiles = [] }) {
    const { entries, imports, parts } = this.made[half];
    const { root } = this.bundler;
    const named = (file) => (isVirtual(file) ? file : path.resolve(root, file));
    for (const [file, { imports: imported }] of Object.entries(metafile.inputs)) {
      imports[named(file)] = imported.filter(({ external }) => !external).map(({ path }) => named(path));
    }
    const hashes = new Map(outputFiles.map(({ path, hash }) => [path, hash]));
    const others = {};
    const sources = new Map();
    for (const [output, { bytes, entryPoint, imports: imported }] of Object.entries(metafile.outputs)) {
      const file = path.resolve(root, output);
      const name = path.relative(this.outdir, file);
      if (name.endsWith(".map")) continue;
      parts[name] = { hash: hashes.get(file), size: bytes };
      const inside = imported.filter(({ external }) => !external);
      others[name] = inside.map(({ path: other }) => path.relative(this.outdir, path.resolve(root, other)));
      if (entryPoint !== undefined) sources.set(name, named(entryPoint));
    }
    for (const { file, module } of wanted) {
      const name = `${module}.js`;
      const own = reached(others, name);
      const version = digest(own.map((part) => `${part} ${parts[part].hash}`).sort().join("\n"));
      entries[module] = { file, from: sources.get(name), parts: own, version };
    }
  }

  /** Takes the files of a part over; returns whether they exist. */
  link(part, before) {
    const [script, map] = ["", ".map"].map((end) => link(part + end, before.dir, this.outdir));
    // The engine's compiled code names the definition by its number.
    if (path.basename(before.dir) === path.basename(this.outdir)) link(`${part}.cache`, before.dir, this.outdir);
    return script && map;
  }

  /**
   * Writes a part of a bundle as a script that takes `exports` and `require`: see `realms.mjs`. A part that the
   * earlier build also has is taken from there, with the engine's compiled code.
   */
  async writeScript({ path: file, text, hash }, before) {
    const name = path.relative(this.outdir, file);
    if (before?.made.plain.parts[name]?.hash === hash) {
      // It may have come with a module that was taken over.
      if (fs.existsSync(file)) return;
      if (this.link(name, before)) return;
    }
    const { code, map } = await this.bundler.toScript(text, file);
    // The file may be linked to the earlier build's, so it is replaced, not overwritten.
    for (const end of ["", ".map", ".cache"]) fs.rmSync(file + end, { force: true });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, plainNames(plainExports(code)));
    fs.writeFileSync(`${file}.map`, map);
  }
}

function nothing() {
  return {
    /** By module: its file, the name under which it was bundled, its parts, and a hash of them. */
    entries: {},
    /** By file: the files that it imports. */
    imports: {},
    /** By name of a part of the bundles: its hash and size. */
    parts: {},
    /** The size of all parts when everything was bundled. */
    whole: 0,
  };
}

function sizeOf({ parts }) {
  return Object.values(parts).reduce((sum, { size }) => sum + size, 0);
}

/** esbuild copies the exports of a script once more. Realms load scripts often, so this removes the copy. */
function plainExports(code) {
  return code.replace(
    /^module\.exports = __toCommonJS\((\w+)\);$/m,
    'module.exports = Object.defineProperty($1, "__esModule", { value: true });',
  );
}

/**
 * esbuild sets the name of every function and class. Only those that it has renamed need that. Lines keep their
 * numbers, for the source map.
 */
function plainNames(code) {
  return code
    .replace(/^[ ]*__name\(([\w$]+), "\1"\);$/gm, "")
    .replace(/(class ([\w$]+)[^\n]*\{|var ([\w$]+) = class[^\n]*\{)\n[ ]*static \{\n[ ]*__name\(this, "([\w$]+)"\);\n[ ]*\}\n/g, (whole, head, named, assigned, name) =>
      name === (named ?? assigned) ? `${head}\n\n\n\n` : whole,
    );
}

/** Refuses what a deployment refuses, with the same error. */
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

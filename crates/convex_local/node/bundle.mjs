// Bundling a functions folder with its components into `outDir`.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { filesIn, link } from "./earlier.mjs";
import { sourceFile } from "./entries.mjs";
import { BuildError } from "./esbuild.mjs";
import { Modules } from "./modules.mjs";
import { componentReferences, generatedFiles, serverOnly } from "./plugins.mjs";

/** The source that a definition is evaluated from. */
const CONFIG = "convex.config.js";

/** Builds everything that no earlier build has; returns the plan for `load.mjs`. */
export class Builder {
  constructor(bundler, convexDir, outDir, earlier) {
    this.bundler = bundler;
    this.convexDir = convexDir;
    this.root = path.dirname(convexDir);
    this.outDir = outDir;
    this.earlier = earlier;
    this.definitions = [];
    /** By path of a definition: its inputs, for the next build. */
    this.made = {};
    /** How many modules were bundled; the others came from an earlier build. */
    this.bundled = 0;
    /** Warnings for the person who runs the backend, printed at each load. */
    this.warnings = new Set();
    this.byPath = new Map();
    /** The definitions that each definition uses. */
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
    // Wait for the end of all before throwing, so that none writes afterwards.
    for (const { reason } of await Promise.allSettled(bundled)) {
      if (reason !== undefined) throw reason;
    }
    const { definitions, made, outDir } = this;
    const inputs = Object.values(made).flatMap(filesOf);
    return { definitions, inputs: [...new Set(inputs)], warnings: [...this.warnings], outDir };
  }

  /** Evaluates one definition after those that it uses; returns its name. */
  define(key, dir, config, user) {
    if (user !== undefined) this.noteUse(user, key);
    // A component may be used from several places, and is evaluated once.
    let known = this.byPath.get(key);
    if (known === undefined) {
      const definition = { index: this.definitions.length, path: key, dir, name: "", analysis: null };
      this.definitions.push(definition);
      this.made[key] = { configInputs: [], children: {} };
      known = this.evaluate(definition, config);
      this.byPath.set(key, known);
    }
    return known;
  }

  /** Refuses a cycle of definitions, which would wait for itself. */
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
    if (await this.keepConfig(definition)) return definition.name;
    const made = this.made[definition.path];
    const outfile = path.join(this.folder(definition), CONFIG);
    const built = await this.bundler.bundle({
      entryPoints: [config],
      outfile,
      plugins: [
        componentReferences(async (file) => {
          made.children[file] = await this.define(file, path.dirname(file), file, definition.path);
          return made.children[file];
        }),
        generatedFiles,
        serverOnly,
      ],
    });
    made.configInputs = this.bundler.inputsOf(built);
    const { default: exported } = await import(pathToFileURL(outfile).href);
    if (typeof exported?.export !== "function") {
      const shown = path.relative(this.root, config);
      throw new BuildError(`${shown}: the default export must come from defineApp() or defineComponent()`);
    }
    definition.analysis = exported.export();
    definition.name = exported._name ?? "";
    return definition.name;
  }

  /** Takes a definition over from the earlier build; returns whether evaluating it would give the same result. */
  async keepConfig(definition) {
    const before = this.earlier?.find(definition.path);
    if (before === undefined || !before.keepsConfig()) return false;
    const { configInputs, children } = before.made;
    const names = Object.keys(children).map((file) => this.define(file, path.dirname(file), file, definition.path));
    const same = Object.values(children);
    if ((await Promise.all(names)).some((name, index) => name !== same[index])) return false;
    for (const end of ["", ".map"]) link(CONFIG + end, before.dir, this.folder(definition));
    Object.assign(this.made[definition.path], { configInputs, children });
    const { analysis, name } = before.definition;
    Object.assign(definition, { analysis, name });
    return true;
  }

  folder({ index }) {
    return path.join(this.outDir, String(index));
  }

  async bundleModules(definition, isRoot) {
    const modules = new Modules(this.bundler, definition, this.folder(definition), isRoot);
    const before = this.earlier?.find(definition.path);
    Object.assign(definition, await modules.bundle(before));
    for (const name of before?.analyses() ?? []) link(name, before.dir, this.folder(definition));
    Object.assign(this.made[definition.path], modules.made);
    this.bundled += modules.bundled;
    for (const warning of modules.warnings) this.warnings.add(warning);
  }
}

/** The files that a definition was made from. */
function filesOf({ configInputs, plain, node }) {
  return [...configInputs, ...filesIn(plain.imports), ...filesIn(node.imports)];
}

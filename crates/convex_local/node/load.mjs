// The loader of a plan's bundles, which reports their content to Rust.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ANALYSIS, digest, writeAtomically } from "./earlier.mjs";
import { BuildError } from "./esbuild.mjs";
import { Bundle, Realm } from "./realms.mjs";

/** When the engine's compiled code is written to disk, in milliseconds after the start. */
const KEEP_AFTER = 2_000;

/** All modules of all component definitions, with the component tree over them. */
export class Registry {
  constructor(plan, env, reporter) {
    this.plan = plan;
    this.env = env;
    this.reporter = reporter;
    this.loaded = false;
    /** By definition: the exports of `"use node"` modules, which run in the process. */
    this.nodeModules = plan.definitions.map(() => new Map());
    /** By definition: modules that keep their realms for the next call. */
    this.reusing = plan.definitions.map(() => new Set());
    /** By path: the bundle and environment for the realms of a component. */
    this.components = new Map();
  }

  /** Loads everything, or only the schema of each component; returns the manifest. */
  async load(schemasOnly) {
    const components = this.componentTree();
    const definitions = [];
    for (const definition of this.plan.definitions) {
      definitions.push(await this.loadDefinition(definition, schemasOnly));
    }
    const auth = schemasOnly ? [] : this.authProviders();
    this.loaded = true;
    if (!schemasOnly) setTimeout(() => this.keepCompiled(), KEEP_AFTER).unref();
    const { inputs, deciding } = this.plan;
    return { build: this.plan.outDir, definitions, components, auth, inputs, deciding };
  }

  /** The exports of a `"use node"` module; undefined for others. */
  inProcess(definition, module) {
    return this.nodeModules[definition]?.get(module);
  }

  /** Whether a module has opted in to keeping its realm. */
  reuses(definition, module) {
    return this.reusing[definition].has(module);
  }

  /** The bundle and environment for the realms of the component at `path`. */
  component(path) {
    return this.components.get(path);
  }

  keepCompiled() {
    // A prebuilt folder may be read-only.
    if (this.plan.prebuilt !== undefined) return;
    try {
      for (const { bundle } of this.components.values()) bundle.keep();
    } catch (error) {
      // Without it the next start takes longer. The disk may be full.
      console.error(`compiled functions are not kept: ${error.message}`);
    }
  }

  componentTree() {
    const { definitions } = this.plan;
    const byPath = new Map(definitions.map((definition) => [definition.path, definition]));
    const components = [];
    const bundles = definitions.map(({ index }) => new Bundle(path.join(this.plan.outDir, String(index))));
    const visit = (definition, at, env) => {
      const children = {};
      const bundle = bundles[definition.index];
      this.components.set(at, { path: at, bundle, environment: JSON.stringify(env), definition });
      const { analysis } = definition;
      components.push({
        path: at,
        definition: definition.index,
        children,
        mounts: mountsOf(analysis),
      });
      for (const child of analysis?.childComponents ?? []) {
        const childPath = at === "" ? child.name : `${at}/${child.name}`;
        children[child.name] = childPath;
        visit(byPath.get(child.path), childPath, this.childEnvironment(child, env));
      }
    };
    visit(definitions[0], "", this.env);
    return components;
  }

  /** Components see only the variables that their parent passes to them and the two addresses. */
  childEnvironment(child, parent) {
    const { CONVEX_CLOUD_URL, CONVEX_SITE_URL } = this.env;
    const env = { CONVEX_CLOUD_URL, CONVEX_SITE_URL };
    for (const [name, binding] of child.env ?? []) {
      const value = binding.type === "value" ? binding.value : parent[binding.name];
      if (value !== undefined) env[name] = value;
    }
    return env;
  }

  async loadDefinition(definition, schemasOnly) {
    // A component's modules see the environment of the first place it is mounted at.
    const { bundle, environment } = [...this.components.values()].find(
      (component) => component.definition === definition,
    );
    const { schema, ...analysed } = schemasOnly
      ? this.schemaAlone(definition, bundle, environment)
      : this.analysed(definition, bundle, environment);
    const modules = {};
    for (const [module, { functions, reuses }] of Object.entries(analysed)) {
      modules[module] = { functions };
      if (reuses) this.reusing[definition.index].add(module);
    }
    for (const module of schemasOnly ? [] : definition.nodeModules) {
      const exports = await this.importOf(definition, module);
      this.nodeModules[definition.index].set(module, exports);
      modules[module] = { functions: actionsOf(exports, module) };
    }
    return {
      dir: definition.dir,
      path: this.pathOf(definition),
      config: this.configOf(definition),
      modules,
      schema: schema?.schema ?? null,
      routes: analysed.http?.routes ?? [],
      crons: analysed.crons?.crons ?? null,
    };
  }

  /** The schema of a definition, whether or not its functions load. */
  schemaAlone(definition, bundle, environment) {
    if (!definition.hasSchema) return {};
    const realm = new Realm();
    realm.belong(bundle, environment);
    return { schema: this.analyse(realm, definition, "schema") };
  }

  /**
   * The descriptions of the modules of a definition that run in realms. Unchanged modules that see the same
   * environment as before are not evaluated again.
   */
  analysed(definition, bundle, environment) {
    // A command that only inspects the functions has another environment than the backend that serves them.
    const seen = digest(`${process.version} ${environment}`).slice(0, 16);
    const file = path.join(this.plan.outDir, String(definition.index), `${ANALYSIS}${seen}.json`);
    const before = readAnalysis(file);
    const realm = new Realm();
    realm.belong(bundle, environment);
    const { modules, hasSchema, versions } = definition;
    const all = {};
    for (const module of hasSchema ? [...modules, "schema"] : modules) {
      const version = versions?.[module];
      const known = version === undefined ? undefined : before[module];
      all[module] = known?.version === version ? known : { version, ...this.analyse(realm, definition, module) };
    }
    const isNew = Object.entries(all).some(([module, known]) => before[module] !== known);
    if (isNew && this.plan.prebuilt === undefined) writeAtomically(file, JSON.stringify(all));
    return all;
  }

  analyse(realm, definition, module) {
    if (module === "schema") return { schema: this.schemaOf(realm, definition) };
    const exports = this.evaluate(realm, definition, module);
    return {
      functions: functionsOf(exports),
      reuses: exports.experimental_reuseContext === true,
      routes: module === "http" ? routesOf(exports.default) : [],
      crons: module === "crons" ? cronsOf(exports.default) : null,
    };
  }

  /** The path of a component's code relative to the app's folder, as the Convex CLI writes it. */
  pathOf({ dir }) {
    return path.relative(this.plan.definitions[0].dir, dir).split(path.sep).join("/");
  }

  /** The export of a definition; the components that it uses are named as above. */
  configOf({ analysis }) {
    if (analysis === null) return null;
    const childComponents = analysis.childComponents.map((child) => ({
      ...child,
      path: this.pathOf({ dir: path.dirname(child.path) }),
    }));
    return { ...analysis, childComponents };
  }

  schemaOf(realm, definition) {
    const { default: schema } = this.evaluate(realm, definition, "schema");
    if (typeof schema?.export !== "function") {
      throw new BuildError("schema.ts: the default export must come from defineSchema()");
    }
    return JSON.parse(schema.export());
  }

  authProviders() {
    const root = this.plan.definitions[0];
    if (!root.hasAuth) return [];
    const { bundle, environment } = this.component("");
    const realm = new Realm();
    realm.belong(bundle, environment);
    const { default: config } = this.evaluate(realm, root, "auth.config");
    if (!Array.isArray(config?.providers)) {
      throw new BuildError("auth.config.ts: the default export must have a list `providers`");
    }
    return config.providers;
  }

  /** Loads a module into a realm. */
  evaluate(realm, definition, module) {
    try {
      return realm.load(module);
    } catch (error) {
      throw this.refusal(definition, module, error);
    }
  }

  /** Loads a module of a `"use node"` file. */
  async importOf(definition, module) {
    const file = path.join(this.plan.outDir, String(definition.index), `${module}.js`);
    try {
      return await import(pathToFileURL(file).href);
    } catch (error) {
      throw this.refusal(definition, module, error);
    }
  }

  refusal(definition, module, error) {
    const source = path.join(path.basename(definition.dir), module);
    return new BuildError(`Failed to load ${source}: ${this.reporter.describe(error).message}`);
  }
}

/** The kept descriptions; empty if there are none. */
function readAnalysis(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

function mountsOf(analysis) {
  const mounts = {};
  for (const [prefix, reference] of Object.entries(analysis?.httpMounts ?? {})) {
    mounts[prefix] = reference.replace("_reference/childComponent/", "");
  }
  return mounts;
}

function functionsOf(exports) {
  const functions = {};
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== "function") continue;
    const kind = kindOf(value);
    if (kind === undefined) continue;
    functions[name] = {
      kind,
      public: value.isPublic === true,
      args: jsonOf(value.exportArgs),
      returns: jsonOf(value.exportReturns),
    };
  }
  return functions;
}

/** The functions of a `"use node"` file. */
function actionsOf(exports, module) {
  const functions = functionsOf(exports);
  for (const [name, { kind }] of Object.entries(functions)) {
    if (kind === "action") continue;
    const title = kind === "query" ? "Query" : "Mutation";
    throw new BuildError(
      `\`${name}\` defined in \`${module}.js\` is a ${title} function. Only actions can be defined in ` +
        "Node.js. See https://docs.convex.dev/functions/actions for more details.",
    );
  }
  return functions;
}

function kindOf(value) {
  if (value.isQuery === true) return "query";
  if (value.isMutation === true) return "mutation";
  if (value.isAction === true) return "action";
  return undefined;
}

function jsonOf(exporter) {
  return typeof exporter === "function" ? JSON.parse(exporter()) : null;
}

function routesOf(router) {
  if (router === undefined) throw new BuildError("`convex/http.js` must have a default export of a Router.");
  if (typeof router?.getRoutes !== "function") {
    throw new BuildError("The default export of `convex/http.js` is not a Router.");
  }
  return router.getRoutes().map(([route, method]) => [route, method]);
}

function cronsOf(crons) {
  if (crons === undefined) throw new BuildError("`convex/crons.js` must have a default export of a Crons object.");
  if (typeof crons?.export !== "function") {
    throw new BuildError("The default export of `convex/crons.js` is not a Crons object.");
  }
  return JSON.parse(crons.export());
}

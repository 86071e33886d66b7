// Loading the bundles of a plan and telling Rust what is in them.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { BuildError } from "./bundle.mjs";
import { setLoadingEnvironment } from "./scope.mjs";

/** All modules of all component definitions, loaded, with the component tree over them. */
export class Registry {
  constructor(plan, env, reporter) {
    this.plan = plan;
    this.env = env;
    this.reporter = reporter;
    this.modules = plan.definitions.map(() => new Map());
    this.environments = new Map();
  }

  /** Loads everything; answers the manifest. */
  async load() {
    const components = this.componentTree();
    const definitions = [];
    for (const definition of this.plan.definitions) {
      // A component's modules see the environment of the first place it is mounted at.
      const mount = components.find(({ definition: index }) => index === definition.index);
      setLoadingEnvironment(mount === undefined ? this.env : this.environments.get(mount.path));
      definitions.push(await this.loadDefinition(definition));
    }
    setLoadingEnvironment(this.env);
    const auth = await this.authProviders();
    return { build: this.plan.outDir, definitions, components, auth };
  }

  /** The function that a call names. */
  find(definition, module, name) {
    return this.modules[definition]?.get(module)?.[name];
  }

  /** The router of a definition's `http` module. */
  router(definition) {
    return this.modules[definition]?.get("http")?.default;
  }

  componentTree() {
    const { definitions } = this.plan;
    const byPath = new Map(definitions.map((definition) => [definition.path, definition]));
    const components = [];
    const visit = (definition, at, env) => {
      const children = {};
      this.environments.set(at, env);
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

  /** Components see what their parent hands them and the two addresses, nothing else. */
  childEnvironment(child, parent) {
    const { CONVEX_CLOUD_URL, CONVEX_SITE_URL } = this.env;
    const env = { CONVEX_CLOUD_URL, CONVEX_SITE_URL };
    for (const [name, binding] of child.env ?? []) {
      const value = binding.type === "value" ? binding.value : parent[binding.name];
      if (value !== undefined) env[name] = value;
    }
    return env;
  }

  async loadDefinition(definition) {
    const modules = {};
    for (const module of definition.modules) {
      const exports = await this.importOf(definition, module);
      this.modules[definition.index].set(module, exports);
      modules[module] = { functions: functionsOf(exports) };
    }
    return {
      dir: definition.dir,
      path: this.pathOf(definition),
      config: this.configOf(definition),
      modules,
      schema: definition.hasSchema ? await this.schemaOf(definition) : null,
      routes: routesOf(this.router(definition.index)),
      crons: cronsOf(this.modules[definition.index].get("crons")?.default),
    };
  }

  /** Where a component's code is, seen from the app's folder: how the Convex CLI names it. */
  pathOf({ dir }) {
    return path.relative(this.plan.definitions[0].dir, dir).split(path.sep).join("/");
  }

  /** What a definition exports; the components it uses are named as above. */
  configOf({ analysis }) {
    if (analysis === null) return null;
    const childComponents = analysis.childComponents.map((child) => ({
      ...child,
      path: this.pathOf({ dir: path.dirname(child.path) }),
    }));
    return { ...analysis, childComponents };
  }

  async schemaOf(definition) {
    const { default: schema } = await this.importOf(definition, "schema");
    if (typeof schema?.export !== "function") {
      throw new BuildError("schema.ts: the default export must come from defineSchema()");
    }
    return JSON.parse(schema.export());
  }

  async authProviders() {
    const root = this.plan.definitions[0];
    if (!root.hasAuth) return [];
    const { default: config } = await this.importOf(root, "auth.config");
    if (!Array.isArray(config?.providers)) {
      throw new BuildError("auth.config.ts: the default export must have a list `providers`");
    }
    return config.providers;
  }

  async importOf(definition, module) {
    const file = path.join(this.plan.outDir, String(definition.index), `${module}.js`);
    if (!fs.existsSync(file)) throw new BuildError(`${module}: the bundle lacks ${file}`);
    try {
      return await import(pathToFileURL(file).href);
    } catch (error) {
      const source = path.join(path.basename(definition.dir), module);
      throw new BuildError(`Failed to load ${source}: ${this.reporter.describe(error).message}`);
    }
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
  if (typeof router?.getRoutes !== "function") return [];
  return router.getRoutes().map(([route, method]) => [route, method]);
}

function cronsOf(crons) {
  return typeof crons?.export === "function" ? JSON.parse(crons.export()) : null;
}

// The plugins for esbuild.
import fs from "node:fs";
import path from "node:path";

const GENERATED = {
  server: `export {
  queryGeneric as query, internalQueryGeneric as internalQuery,
  mutationGeneric as mutation, internalMutationGeneric as internalMutation,
  actionGeneric as action, internalActionGeneric as internalAction,
  httpActionGeneric as httpAction,
} from "convex/server";
export const env = process.env;`,
  api: `import { anyApi, componentsGeneric } from "convex/server";
export const api = anyApi;
export const internal = anyApi;
export const components = componentsGeneric();`,
  dataModel: "export {};",
};

/** Serves `_generated/*` from `convex/server` where code generation has not written it. */
export const generatedFiles = {
  name: "generated-files",
  setup(build) {
    build.onResolve({ filter: /_generated\/(server|api|dataModel)(\.[jt]s)?$/ }, async (args) => {
      if (args.pluginData === generatedFiles) return undefined;
      const resolved = await build.resolve(args.path, {
        kind: args.kind,
        importer: args.importer,
        resolveDir: args.resolveDir,
        pluginData: generatedFiles,
      });
      if (resolved.errors.length === 0) return resolved;
      const name = path.basename(args.path).replace(/\.[jt]s$/, "");
      return { path: name, namespace: "generated", pluginData: args.resolveDir };
    });
    build.onLoad({ filter: /.*/, namespace: "generated" }, (args) => ({
      contents: GENERATED[args.path],
      resolveDir: args.pluginData,
    }));
  },
};

/** `import "server-only"` means nothing on the server. */
export const serverOnly = {
  name: "server-only",
  setup(build) {
    build.onResolve({ filter: /^server-only$/ }, (args) => ({
      path: args.path,
      namespace: "server-only",
    }));
    build.onLoad({ filter: /.*/, namespace: "server-only" }, () => ({ contents: "" }));
  },
};

/** `import module from "./x.wasm"` gives a compiled WebAssembly.Module. */
export const wasm = {
  name: "wasm",
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, async (args) => {
      if (args.pluginData === wasm) return undefined;
      if (args.namespace === "wasm") return { path: args.path };
      const { path: file, errors } = await build.resolve(args.path, {
        kind: args.kind,
        importer: args.importer,
        resolveDir: args.resolveDir,
        pluginData: wasm,
      });
      return errors.length > 0 ? { errors } : { path: file, namespace: "wasm" };
    });
    build.onLoad({ filter: /.*/, namespace: "wasm" }, (args) => ({
      contents: `import bytes from ${JSON.stringify(args.path)};
export default new WebAssembly.Module(bytes);`,
      resolveDir: path.dirname(args.path),
    }));
    build.onLoad({ filter: /\.wasm$/ }, async (args) => ({
      contents: await fs.promises.readFile(args.path),
      loader: "binary",
    }));
  },
};

/** Realms have their own AsyncLocalStorage and provide it for the import of Node.js's module, as Convex does. */
export const asyncHooks = {
  name: "async-hooks",
  setup(build) {
    build.onResolve({ filter: /^(node:)?async_hooks$/ }, () => ({
      path: "node:async_hooks",
      external: true,
    }));
  },
};

/**
 * Turns an import of another component's definition into the argument of `use()` at run time:
 * `{ componentDefinitionPath, defaultName }`. `onChild(file)` must return the child's name.
 */
export function componentReferences(onChild) {
  return {
    name: "component-references",
    setup(build) {
      build.onResolve({ filter: /convex\.config/ }, async (args) => {
        if (args.kind === "entry-point" || args.pluginData === componentReferences) return undefined;
        for (const candidate of candidates(args.path)) {
          const resolved = await build.resolve(candidate, {
            kind: args.kind,
            importer: args.importer,
            resolveDir: args.resolveDir,
            pluginData: componentReferences,
          });
          if (resolved.errors.length > 0 || resolved.path === "") continue;
          return { path: resolved.path, namespace: "component" };
        }
        return undefined;
      });
      build.onLoad({ filter: /.*/, namespace: "component" }, async (args) => {
        const reference = { componentDefinitionPath: args.path, defaultName: await onChild(args.path) };
        return { contents: `export default ${JSON.stringify(reference)};` };
      });
    },
  };
}

function candidates(specifier) {
  const extension = path.extname(specifier);
  if (extension === ".ts") return [specifier];
  if (extension === ".js") return [specifier, `${specifier.slice(0, -3)}.ts`];
  return [specifier, `${specifier}.js`, `${specifier}.ts`];
}

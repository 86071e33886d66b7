// The project's esbuild, with the options that all bundles share and readable errors.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const USE_NODE_HINT =
  '\n  Node.js modules can only be imported in files that start with "use node"; such files may ' +
  "define actions only. See https://docs.convex.dev/functions/runtimes#nodejs-runtime";

/** An error in the functions folder, worded for its author. */
export class BuildError extends Error {}

/** The esbuild that the project's `convex` package depends on. */
export class Bundler {
  constructor(esbuild, older, convexDir) {
    this.esbuild = esbuild;
    /** Syntax that esbuild replaces by older syntax, because Node.js does not know it. */
    this.older = older;
    this.root = path.dirname(convexDir);
  }

  static async find(convexDir) {
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
    const { default: esbuild } = await import(pathToFileURL(entry).href);
    return new Bundler(esbuild, await olderWords(esbuild), convexDir);
  }

  async stop() {
    await this.esbuild.stop?.();
  }

  /** Bundles; `options` are the settings that differ between bundles. */
  async bundle(options) {
    try {
      const built = await this.esbuild.build({
        absWorkingDir: this.root,
        bundle: true,
        platform: "browser",
        format: "esm",
        // Syntax that a deployment's engine has and this Node.js lacks, such as `using`, is replaced by older syntax.
        target: `node${process.versions.node}`,
        supported: this.older,
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
      // The esbuild of an older `convex` returns no hashes.
      for (const output of built.outputFiles ?? []) {
        output.hash ??= createHash("sha256").update(output.contents).digest("hex");
      }
      for (const warning of built.warnings) console.warn(this.problem(warning));
      return built;
    } catch (error) {
      if (!Array.isArray(error.errors) || error.errors.length === 0) throw error;
      throw new BuildError(error.errors.map((problem) => this.problem(problem)).join("\n"));
    }
  }

  /** The files that went into a bundle. */
  inputsOf({ metafile }) {
    const files = Object.keys(metafile.inputs).filter((file) => !/^[a-z-]+:/.test(file));
    return files.map((file) => path.resolve(this.root, file));
  }

  /** Turns a bundled module into a script; returns `{ code, map }`. */
  async toScript(text, file) {
    try {
      return await this.esbuild.transform(text, {
        format: "cjs",
        target: `node${process.versions.node}`,
        // Node.js would handle `import()`; the realm handles `require()`.
        supported: { "dynamic-import": false, ...this.older },
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

  problem({ text, location, notes }) {
    const forNode = (notes ?? []).some((note) => note.text.includes("bundle for node"));
    const hint = forNode ? USE_NODE_HINT : (notes ?? []).map((note) => `\n  ${note.text}`).join("");
    if (location === null) return text + hint;
    return `${location.file}:${location.line}:${location.column + 1}: ${text}${hint}`;
  }
}

/** The setting for syntax that this Node.js may lack. The esbuild of an older `convex` rejects and does not need it. */
async function olderWords(esbuild) {
  const supported = { "from-base64": false };
  return await esbuild.transform("", { supported, logLevel: "silent" }).then(
    () => supported,
    () => ({}),
  );
}

// The build of both clients for the browser: ours as WebAssembly, npm `convex` as a bundle.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");
/** The folder in which cargo-leptos builds the browser half, so that shared dependencies are compiled once. */
export const TARGET = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "front");
export const WASM = "wasm32-unknown-unknown";

/** Files by name, which a page loads. */
export type Files = ReadonlyMap<string, { body: Buffer | string; contentType: string }>;

const script = (body: Buffer | string) => ({ body, contentType: "text/javascript" });

/** Compiles the clients. This takes a minute the first time, and a second when nothing has changed. */
export async function buildClients(profile: "dev" | "wasm-release" = "dev"): Promise<Files> {
  const run = (program: string, args: string[]) => execFileSync(program, args, { cwd: ROOT, stdio: "inherit" });
  run("cargo", ["build", "--quiet", "-p", "conformance", "--target", WASM, "--target-dir", TARGET, "--profile", profile]);
  const module = bindgen(join(TARGET, WASM, profile === "dev" ? "debug" : profile, "conformance.wasm"), "conformance");

  const bundle = await build({
    entryPoints: [join(ROOT, "crates/leptos_convex/browser-tests/support/page.js")],
    bundle: true,
    format: "esm",
    write: false,
    external: ["./conformance.js"],
  });
  return new Map([
    ["", { body: "<!doctype html><title>Conformance</title><body>", contentType: "text/html" }],
    ["page.js", script(bundle.outputFiles[0]?.text ?? "")],
    ...module,
  ]);
}

/** Returns a compiled module and its JavaScript. */
export function bindgen(module: string, name: string): Files {
  const out = mkdtempSync(join(tmpdir(), `${name}-`));
  execFileSync("wasm-bindgen", [module, "--target", "web", "--no-typescript", "--out-dir", out], { stdio: "inherit" });
  return new Map([
    [`${name}.js`, script(readFileSync(join(out, `${name}.js`)))],
    [`${name}_bg.wasm`, { body: readFileSync(join(out, `${name}_bg.wasm`)), contentType: "application/wasm" }],
  ]);
}

// An app in a separate folder, made from the README's five steps and the packages as they would go to crates.io.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, TARGET, WASM, bindgen, type Files } from "./build";

const README = readFileSync(join(ROOT, "crates/leptos_convex/README.md"), "utf8");
/** The backend's address in the README. */
const ADDRESS = "http://127.0.0.1:3210";

/** Returns the README's code blocks in this language, without the indentation of a list. */
function snippets(language: string): string[] {
  const fenced = new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\``, "gms");
  return [...README.matchAll(fenced)].map(([, indent, text]) => text!.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}

/** Packs the libraries and unpacks them into `folder`. Returns their names and folders. */
function packages(folder: string): Map<string, string> {
  const names = ["leptos_convex", "leptos_better_auth"];
  const choose = names.flatMap((name) => ["-p", name]);
  execFileSync("cargo", ["package", "--quiet", "--no-verify", "--allow-dirty", ...choose], { cwd: ROOT, stdio: "inherit" });
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  return new Map(
    names.map((name) => {
      const version = execFileSync("cargo", ["pkgid", "-p", name], { cwd: ROOT, encoding: "utf8" }).trim().split(/[#@]/).at(-1);
      execFileSync("tar", ["-xzf", join(target, "package", `${name}-${version}.crate`), "-C", folder]);
      return [name, join(folder, `${name}-${version}`)];
    }),
  );
}

/** Returns this project's settings for compiling dependencies, so that the app uses what is already compiled. */
function profiles(): string {
  const parts = readFileSync(join(ROOT, "Cargo.toml"), "utf8").split(/^(?=\[)/m);
  return parts.filter((part) => /^\[profile\.dev\]|^\[profile\.dev\.package\."\*"\]/.test(part)).join("");
}

/** Makes the app and compiles its page, which calls the backend that serves it. */
export function buildOutside(): Files {
  const folder = mkdtempSync(join(tmpdir(), "outside-"));
  const from = packages(folder);
  const [leptos] = /^leptos = .*$/m.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"))!;
  const path = (name: string) => `{ path = ${JSON.stringify(from.get(name))} }`;
  const manifest = `[package]
name = "outside"
edition = "2024"

[dependencies]
leptos_better_auth = ${path("leptos_better_auth")}
leptos_convex = ${path("leptos_convex")}
${leptos}
serde = { version = "1", features = ["derive"] }

${snippets("toml")[0]!.split("\n\n").find((part) => part.startsWith("[features]"))!.replace(/^ssr.*$/m, "")}
[patch.crates-io]
leptos_convex = ${path("leptos_convex")}

${profiles()}`;
  const app = `${snippets("rust").join("\n")}\nfn main() {\n    leptos::mount::mount_to_body(HomePage);\n}\n`;
  mkdirSync(join(folder, "src"));
  mkdirSync(join(folder, ".cargo"));
  writeFileSync(join(folder, "Cargo.toml"), manifest);
  writeFileSync(join(folder, "src/main.rs"), app.replace(ADDRESS, ""));
  // The same versions and compiler flags, so that compiled dependencies are used again.
  cpSync(join(ROOT, "Cargo.lock"), join(folder, "Cargo.lock"));
  cpSync(join(ROOT, ".cargo/config.toml"), join(folder, ".cargo/config.toml"));
  const build = ["build", "--quiet", "--features", "hydrate,leptos_better_auth/hydrate", "--target", WASM, "--target-dir", TARGET];
  execFileSync("cargo", build, { cwd: folder, stdio: "inherit" });
  return bindgen(join(TARGET, WASM, "debug/outside.wasm"), "outside");
}

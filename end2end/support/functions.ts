import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * Makes a copy of the functions in which the first `from` in `file` is replaced with `to`, and returns its path from
 * the root of the project. The copy is below `node_modules`, so that its imports find the packages.
 */
export function functionsWith(file: string, from: string, to: string): string {
  const place = join(ROOT, "node_modules/.cache");
  mkdirSync(place, { recursive: true });
  const copy = join(mkdtempSync(join(place, "functions-")), "convex");
  cpSync(join(ROOT, "convex"), copy, { recursive: true });
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
  return relative(ROOT, copy);
}

/** Deletes a copy that `functionsWith` made. */
export function removeFunctions(functions: string): void {
  rmSync(dirname(join(ROOT, functions)), { recursive: true, force: true });
}

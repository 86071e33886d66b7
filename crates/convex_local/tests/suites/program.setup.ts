// Builds the program under test, unless `CONVEX_LOCAL_BIN` names one.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    program: string;
  }
}

const repository = resolve(import.meta.dirname, "../../../..");

const build = () => {
  const cargo = spawnSync("cargo", ["build", "-p", "convex_local", "--bin", "convex-local"], {
    cwd: repository,
    stdio: "inherit",
  });
  if (cargo.status !== 0) throw new Error("convex-local does not build");
  return resolve(repository, process.env.CARGO_TARGET_DIR ?? "target", "debug/convex-local");
};

export default (project: TestProject) => {
  project.provide("program", process.env.CONVEX_LOCAL_BIN ?? build());
};

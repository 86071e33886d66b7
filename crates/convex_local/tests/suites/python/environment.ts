// Python's `convex` package in a virtual environment under `target/`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const requirements = resolve(import.meta.dirname, "requirements.txt");
const repository = resolve(import.meta.dirname, "../../../../..");
const folder = resolve(repository, process.env.CARGO_TARGET_DIR ?? "target", "python-clients");
const program = resolve(folder, "bin/python");
/** Holds the requirements that were installed. */
const stamp = resolve(folder, "installed.txt");

const run = (command: string, ...args: string[]) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return { ok: status === 0, said: error?.message ?? `${stdout}${stderr}`.trim() };
};

/** Returns whether the current requirements are installed. */
const isInstalled = () =>
  existsSync(program) && existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(requirements, "utf8");

/**
 * Returns the Python to run, or why there is none: the machine has no `python3`, or not its module `venv`.
 *
 * Throws if a package cannot be installed: a machine that has Python must run the test.
 */
export function python(): { program: string } | { missing: string } {
  if (isInstalled()) return { program };
  const probe = run("python3", "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))");
  if (!probe.ok) return { missing: `python3 (3.9 or newer) with venv is not there: ${probe.said || "too old"}` };
  rmSync(folder, { recursive: true, force: true });
  const steps = [
    ["python3", "-m", "venv", folder],
    [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
  ] as const;
  for (const [command, ...args] of steps) {
    const step = run(command, ...args);
    if (!step.ok) throw new Error(`${command} ${args.join(" ")}: ${step.said}`);
  }
  writeFileSync(stamp, readFileSync(requirements));
  return { program };
}

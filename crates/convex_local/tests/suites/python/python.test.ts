// Python's `convex` package in a scripted session, run by Python.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startTodos, token } from "../tokens";
import { python } from "./environment";

const found = python();
if ("missing" in found) console.log(`skipped, Python's client: ${found.missing}`);

test.skipIf("missing" in found)("Python's client queries, writes, subscribes and signs in", async () => {
  const backend = await startTodos();
  const input = { url: backend.url, token: token(backend, "alice") };
  try {
    const script = resolve(import.meta.dirname, "session.py");
    const { program } = found as { program: string };
    const { stdout } = await promisify(execFile)(program, [script, JSON.stringify(input)], { timeout: 60_000 });
    // The client prints what a function logs.
    expect(stdout.trim().split("\n")).toEqual(["[LOG] 'creating' 'tea'", "done"]);
  } finally {
    await backend.stop();
  }
});

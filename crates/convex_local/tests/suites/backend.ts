// A `convex-local` for one test file.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { inject } from "vitest";

/** A running backend with its own empty data. */
export interface Backend {
  url: string;
  siteUrl: string;
  adminKey: string;
  stop: () => Promise<void>;
}

type Program = ChildProcessByStdio<null, Readable, Readable>;

/** Waits for the two addresses that the program prints when it serves. Throws its whole output if it ends before. */
async function addresses(program: Program) {
  const said: string[] = [];
  const found: Record<string, string> = {};
  program.stderr.on("data", (data: Buffer) => said.push(data.toString()));
  for await (const line of createInterface({ input: program.stdout })) {
    said.push(`${line}\n`);
    const [, name, url] = /(CONVEX_URL|CONVEX_SITE_URL)=(\S+)/.exec(line) ?? [];
    if (name && url) found[name] = url;
    if (found.CONVEX_URL && found.CONVEX_SITE_URL) {
      // Nobody reads on, so further output must not fill the pipes.
      program.stdout.resume();
      said.length = 0;
      return { url: found.CONVEX_URL, siteUrl: found.CONVEX_SITE_URL };
    }
  }
  throw new Error(`convex-local does not start:\n${said.join("")}`);
}

/** Serves `convexDir` until `stop()`. */
export async function startBackend(convexDir: string, env: Record<string, string> = {}): Promise<Backend> {
  const data = await mkdtemp(join(tmpdir(), "convex-local-suite-"));
  const variables = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const program = spawn(
    inject("program"),
    ["--convex-dir", convexDir, "--data-dir", data, "dev", "--cloud-port", "0", "--site-port", "0", ...variables],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, RUST_LOG: "warn" } },
  );
  const ended = once(program, "exit");
  const stop = async () => {
    program.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true });
  };
  try {
    const { url, siteUrl } = await addresses(program);
    const { adminKey } = JSON.parse(await readFile(join(data, "server.json"), "utf8")) as { adminKey: string };
    return { url, siteUrl, adminKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

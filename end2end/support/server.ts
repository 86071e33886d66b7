// The built server, running in a folder of its own: with its own data and port, and with the project's functions.
//
// E2E_SERVER_BIN and E2E_SITE_ROOT say what to start; by default the built site and the binary that belongs to it.
// E2E_KEEP=1 keeps the folders, with the server's log.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CLIENT_ID, CLIENT_SECRET } from "./fake-providers-data.mjs";
import type { FakeProvider } from "./providers";
import { EMAIL_FROM, RESEND_API_KEY, type SentMail } from "./fake-resend-data.mjs";

const SUPPORT = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(SUPPORT, "../..");
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
/** The first port that an embedded backend tries, and the first port of backends that keep their ports. */
const [FIRST_PORT, OWN_PORTS] = [3210, 3260];

/** The options of a server. */
export interface ServerOptions {
  /** The port to listen on; a free one by default. */
  port?: number;
  /** The public URL, if it is not the address of the server. */
  siteUrl?: string;
  /** A deployment to use instead of the embedded backend. */
  deployment?: Deployment;
  /** The sign-in providers that are set up, only for an embedded backend; GitHub by default. */
  providers?: FakeProvider[];
  /** The folder of the functions of its embedded backend, from the root of the project. */
  functions?: string;
  /** Whether an embedded backend limits requests, as in production. Most tests do not: they share one address. */
  rateLimit?: boolean;
  /** Whether an embedded backend sends its mails through the fake Resend instead of keeping them. */
  resend?: boolean;
  /** For how many signed-in visitors it answers pages from memory, and the port of its metrics. */
  live?: { sessions: number; metricsPort: number };
  /** Whether it compresses its files, as a release build does by default. */
  compress?: boolean;
  /** Whether the embedded backend must use the same ports after a restart. */
  keepBackendPorts?: boolean;
}

/** The two URLs of a Convex backend. */
export interface Deployment {
  cloudUrl: string;
  siteUrl: string;
}

/** An embedded backend, and the key to everything in it. */
export interface EmbeddedBackend extends Deployment {
  adminKey: string;
}

/** A running server, and how to stop and start it on the same data. */
export class Server {
  private child: ChildProcess | undefined;
  private keptBackend: Deployment | undefined;
  private site = siteRoot();

  private constructor(
    private readonly dir: string,
    private readonly port: number,
    private readonly options: ServerOptions,
  ) {}

  /** Starts a server and waits until it answers. */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const port = options.port ?? (await freePort());
    const server = new Server(workingDir(options.functions), port, options);
    await server.launch();
    return server;
  }

  /** Returns its public address. */
  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Returns where its embedded backend listens. */
  get backend(): EmbeddedBackend {
    return JSON.parse(readFileSync(join(this.dir, ".convex-local/server.json"), "utf8"));
  }

  /** Returns the address of its mailbox, with the key that it prints at start. */
  get mailboxUrl(): string {
    const printed = readFileSync(this.log, "utf8").match(/http\S*\/dev\/mailbox\?key=\S+/g)?.at(-1);
    if (!printed) throw new Error("the server keeps no mails");
    return printed;
  }

  /** Returns the mails that the fake Resend has accepted so far, in order. */
  get sentMails(): SentMail[] {
    const file = join(this.dir, SENT_MAILS);
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    return lines.filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Stops it as an operator does, and waits until it has ended. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Starts it on the same data. If `site` is given, it serves that site from then on. */
  async launch(site = this.site): Promise<void> {
    this.site = site;
    if (!this.options.keepBackendPorts) return this.launchOnce();
    // The embedded backend uses the first free pair of ports. Holding the lower ports gives it a pair that other
    // processes rarely take while it is down. If one does, it is only for a moment.
    for (let tries = 1; ; tries++) {
      const held = await holdPortsBelow(this.keptBackend ? portOf(this.keptBackend) : ownPort());
      await this.launchOnce();
      for (const listener of held) listener.close();
      this.keptBackend ??= this.backend;
      if (this.backend.cloudUrl === this.keptBackend.cloudUrl) return;
      if (tries === 10) throw new Error(`somebody else keeps ${this.keptBackend.cloudUrl}`);
      await this.stop();
    }
  }

  /** Stops it and deletes its data. */
  async remove(): Promise<void> {
    await this.stop();
    if (process.env.E2E_KEEP) console.log(`kept: ${this.dir}`);
    else rmSync(this.dir, { recursive: true, force: true });
  }

  private async launchOnce(): Promise<void> {
    const log = openSync(this.log, "a");
    this.child = spawn(binary(), {
      cwd: this.dir,
      env: this.environment(),
      stdio: ["ignore", log, log],
    });
    let failure: Error | undefined;
    this.child.once("error", (error) => (failure = error));
    const deadline = Date.now() + START_LIMIT_MS;
    while (!(await this.serves())) {
      if (failure || this.child.exitCode !== null || Date.now() > deadline) {
        await this.stop();
        throw new Error(`${binary()} does not serve: ${failure ?? readFileSync(this.log, "utf8")}`);
      }
      await pause(50);
    }
  }

  private async serves(): Promise<boolean> {
    const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
    return answer?.ok ?? false;
  }

  private get log(): string {
    return join(this.dir, "server.log");
  }

  private environment(): NodeJS.ProcessEnv {
    const { deployment, siteUrl = this.url, providers = deployment ? [] : ["github"], rateLimit, resend, live } = this.options;
    // Leptos checks whether this variable exists, whatever its value.
    const { LEPTOS_WATCH: _, ...inherited } = process.env;
    return {
      ...inherited,
      PATH: `${join(this.dir, "bin")}:${process.env.PATH}`,
      LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
      LEPTOS_SITE_ROOT: this.site,
      SITE_URL: siteUrl,
      CONVEX_URL: deployment?.cloudUrl ?? "",
      CONVEX_SITE_URL: deployment?.siteUrl ?? "",
      ...credentials(providers),
      AUTH_RATE_LIMIT: rateLimit ? "" : "off",
      RESEND_API_KEY: resend ? RESEND_API_KEY : "",
      EMAIL_FROM: resend ? EMAIL_FROM : "",
      TRUSTED_PROXIES: "",
      DEV_MAILBOX: "true",
      ...(live ? { LIVE_SESSIONS: `${live.sessions}`, METRICS_ADDR: `127.0.0.1:${live.metricsPort}` } : {}),
      // Compressing takes seconds on all cores, so only the shared server does it.
      ...(this.options.compress ? {} : { COMPRESS_ASSETS: "false" }),
    };
  }
}

/** Returns the variables of the providers: set for these, empty for the others. */
function credentials(providers: FakeProvider[]): Record<string, string> {
  const known: FakeProvider[] = ["github", "google"];
  const variables = known.flatMap((id) => {
    const [name, isSet] = [id.toUpperCase(), providers.includes(id)];
    return [
      [`${name}_CLIENT_ID`, isSet ? CLIENT_ID : ""],
      [`${name}_CLIENT_SECRET`, isSet ? CLIENT_SECRET : ""],
    ];
  });
  return Object.fromEntries(variables);
}

function binary(): string {
  if (process.env.E2E_SERVER_BIN) return resolve(process.env.E2E_SERVER_BIN);
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const built = ["release", "debug"]
    .map((profile) => join(target, profile))
    .filter((dir) => existsSync(join(dir, "server")) && isOfSite(dir))
    .sort((a, b) => builtAt(b) - builtAt(a));
  if (!built[0]) {
    throw new Error("there is no server to test: run `cargo leptos build --release` first");
  }
  return join(built[0], "server");
}

/**
 * Returns whether the server in `dir` belongs to the built site. Plain Cargo also builds a server, but only
 * cargo-leptos writes the hashes of the files that belong to it.
 */
function isOfSite(dir: string): boolean {
  if (!existsSync(join(dir, "hash.txt"))) return false;
  const files = readdirSync(join(siteRoot(), "pkg"));
  const hashes = readFileSync(join(dir, "hash.txt"), "utf8").matchAll(/: *(\S+)/g);
  return [...hashes].every(([, hash = ""]) => files.some((file) => file.includes(hash)));
}

const builtAt = (dir: string) => statSync(join(dir, "hash.txt")).mtimeMs;

/** Returns the folder of the built site. */
export function siteRoot(): string {
  return resolve(process.env.E2E_SITE_ROOT ?? join(ROOT, "target/site"));
}

/** The file in a working folder with the mails that the fake Resend has accepted, one per line. */
const SENT_MAILS = "sent-mails.jsonl";

/**
 * Creates a folder with functions and the project's packages, and a `node` with the fake providers and the fake Resend.
 */
function workingDir(functions = "convex"): string {
  const dir = mkdtempSync(join(tmpdir(), "end2end-"));
  symlinkSync(join(ROOT, functions), join(dir, "convex"));
  for (const shared of ["node_modules", "package.json", "tsconfig.json"]) {
    const path = join(ROOT, shared);
    if (existsSync(path)) symlinkSync(path, join(dir, shared));
  }
  const fakes = ["fake-providers-fetch.mjs", "fake-resend-fetch.mjs"]
    .map((file) => `--import "${pathToFileURL(join(SUPPORT, file)).href}"`)
    .join(" ");
  mkdirSync(join(dir, "bin"));
  const node = join(dir, "bin/node");
  const mails = `E2E_SENT_MAILS="${join(dir, SENT_MAILS)}"`;
  writeFileSync(node, `#!/bin/sh\n${mails} exec "${process.execPath}" ${fakes} "$@"\n`);
  chmodSync(node, 0o755);
  return dir;
}

const portOf = ({ cloudUrl }: Deployment) => Number(new URL(cloudUrl).port);

/** Returns the first port of this worker's backends that keep their ports. */
const ownPort = () => OWN_PORTS + 10 * Number(process.env.TEST_PARALLEL_INDEX ?? 0);

/** Listens on the embedded backend's ports below `end` that are free. */
async function holdPortsBelow(end: number): Promise<NetServer[]> {
  const ports = Array.from({ length: (end - FIRST_PORT) / 2 }, (_, pair) => FIRST_PORT + 2 * pair);
  const listeners = ports.map(async (port) => {
    const listener = createServer();
    const settled = Promise.race([once(listener, "listening"), once(listener, "error")]);
    listener.listen(port, "127.0.0.1");
    await settled.catch(() => undefined);
    return listener;
  });
  return (await Promise.all(listeners)).filter((listener) => listener.listening);
}

/** Finds a free port. */
export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

// An app in a folder beside this file, served by its own `convex-local`.
import { ConvexHttpClient } from "convex/browser";
import { anyApi, type FunctionReference } from "convex/server";
import { resolve } from "node:path";
import { expect, vi } from "vitest";
import { type Backend, startBackend } from "../backend";

type Args = Record<string, unknown>;

/** A served app, whose functions are called by paths such as `scores:add`. */
export class App {
  readonly client: ConvexHttpClient;

  constructor(readonly backend: Backend) {
    this.client = new ConvexHttpClient(backend.url, { logger: false });
  }

  query(path: string, args: Args = {}): Promise<any> {
    return this.client.query(find(path) as FunctionReference<"query">, args);
  }

  mutation(path: string, args: Args = {}): Promise<any> {
    return this.client.mutation(find(path) as FunctionReference<"mutation">, args);
  }

  action(path: string, args: Args = {}): Promise<any> {
    return this.client.action(find(path) as FunctionReference<"action">, args);
  }

  /** Waits until the result of a query matches, and returns it. */
  async until(path: string, args: Args, matches: (value: any) => boolean): Promise<any> {
    let last: unknown;
    const found = async () => {
      last = await this.query(path, args);
      expect(matches(last), JSON.stringify(last)).toBe(true);
    };
    await vi.waitFor(found, { timeout: 60_000, interval: 100 });
    return last;
  }
}

const find = (path: string): unknown => {
  const [module, name] = path.split(":") as [string, string];
  return anyApi[module]![name];
};

/** Serves the app in `name` while `work` uses it. */
export async function withApp(name: string, work: (app: App) => Promise<void>, env: Record<string, string> = {}) {
  const backend = await startBackend(resolve(import.meta.dirname, name), env);
  try {
    await work(new App(backend));
  } finally {
    await backend.stop();
  }
}

// The driver of a client in a page.

import type { Page } from "@playwright/test";
import { expect } from "../../../../end2end/support/test";
import type { Files } from "./build";

/** The clients that are compared. */
export const CLIENTS = ["convex", "leptos_convex"] as const;
export type Kind = (typeof CLIENTS)[number];

/** `[what, content]` */
export type Entry = [string, unknown];

interface InPage {
  log: Entry[];
  open(kind: Kind, url: string): Promise<void>;
  subscribe(name: string, path: string, args?: object): void;
  paginate(name: string, path: string, count: number, args?: object): void;
  loadMore(name: string, count: number): void;
  unsubscribe(name: string): void;
  call(name: string, kind: "mutation" | "action", path: string, args?: object): void;
  answered(name: string): Promise<void>;
  /** Signs in with tokens from a URL, or with a cached token and fresh ones, which are used one after the other. */
  setAuth(tokens: { kept: string | null; fresh: string | null | string[] } | string): void;
  /** Signs out. */
  clearAuth(): void;
  close(): void;
}

declare global {
  interface Window {
    conformance: InPage;
  }
}

const FOLDER = "conformance";

/** Serves the clients' files to a page at this origin. */
const serveFiles = (page: Page, origin: string, files: Files) =>
  page.route(`${origin}/${FOLDER}/**`, async (route) => {
    const file = files.get(new URL(route.request().url()).pathname.slice(FOLDER.length + 2));
    await (file ? route.fulfill(file) : route.fulfill({ status: 404 }));
  });

/**
 * Runs a module of `files` in a page, with the backend at this origin. `script` refers to it as `module`. The page
 * comes from the same origin, because a browser lets no other page connect to a server on this machine.
 */
export async function runModule(page: Page, origin: string, files: Files, name: string, script = ""): Promise<void> {
  await serveFiles(page, origin, files);
  await page.goto(`${origin}/healthz`);
  await page.evaluate(() => document.body.replaceChildren());
  const content = `import * as module from "/${FOLDER}/${name}.js"; await module.default(); ${script}`;
  await page.addScriptTag({ type: "module", content });
}

/** The warning of an app that usually hydrates and is rendered in the browser here. */
export const NOT_HYDRATED = /^console warning: .*in client-side rendering mode/;

export class Harness {
  private constructor(private readonly page: Page) {}

  /** Opens a page of `origin`, by default an empty one, and starts a client in it that connects to that origin. */
  static async open(page: Page, origin: string, files: Files, kind: Kind, path = `/${FOLDER}/`): Promise<Harness> {
    await serveFiles(page, origin, files);
    await page.goto(origin + path);
    await page.addScriptTag({ url: `/${FOLDER}/page.js`, type: "module" });
    await page.waitForFunction(() => window.conformance !== undefined);
    await page.evaluate(([kind, origin]) => window.conformance.open(kind, origin), [kind, origin] as const);
    return new Harness(page);
  }

  /** Calls a method of the client in the page. */
  do<M extends Exclude<keyof InPage, "log">>(method: M, ...args: Parameters<InPage[M]>): Promise<void> {
    return this.page.evaluate(
      async ([method, args]) => {
        const call = window.conformance[method as "close"] as (...args: unknown[]) => unknown;
        await call(...(args as unknown[]));
      },
      [method, args] as const,
    );
  }

  /** Makes the client fetch each of its tokens over the network. */
  async serveTokens(next: () => string): Promise<void> {
    const url = new URL(`/${FOLDER}-token`, this.page.url()).href;
    await this.page.route(url, (route) => route.fulfill({ json: { token: next() } }));
    await this.do("setAuth", url);
  }

  log(): Promise<Entry[]> {
    return this.page.evaluate(() => window.conformance.log);
  }

  /** Waits until the last entry of this name in the log has this content. */
  async says(what: string, content: unknown): Promise<void> {
    await expect
      .poll(async () => (await this.log()).findLast(([whose]) => whose === what)?.[1], { timeout: 20_000 })
      .toEqual(content);
  }
}

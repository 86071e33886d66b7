import { type BrowserContext, type Page, test as base, expect } from "@playwright/test";

/** Sets `hydrated` after the last island of the page is hydrated. Runs before the page's own scripts. */
function noteHydration(): void {
  const { scheduler } = window;
  const turn = scheduler.yield.bind(scheduler);
  let turns = 0;
  // The start script yields before each island.
  scheduler.yield = async () => {
    await turn();
    if (++turns === document.querySelectorAll("leptos-island").length) setTimeout(() => (window.hydrated = true));
  };
}

declare global {
  interface Window {
    hydrated?: boolean;
    readonly scheduler: { yield: () => Promise<void> };
  }
}

/** Collects errors and warnings of the browser. */
class Complaints {
  readonly found: string[] = [];
  readonly tolerated: RegExp[] = [];

  watch(context: BrowserContext): void {
    // A page with status 401, 404 or 503 is logged as a failed resource. Specs check those statuses.
    const refused = new Set<string>();
    context.on("response", (response) => {
      if (response.status() >= 400 && response.request().isNavigationRequest()) {
        refused.add(response.url());
      }
    });
    context.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      const { url } = message.location();
      if (refused.has(url) && message.text().startsWith("Failed to load resource")) return;
      this.add(`console ${message.type()}: ${message.text()} (${url})`);
    });
    context.on("weberror", (error) => this.add(`uncaught: ${error.error()}`));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // Leaving a page cancels its requests.
      if (reason !== "net::ERR_ABORTED") this.add(`${request.method()} ${request.url()}: ${reason}`);
    });
  }

  private add(text: string): void {
    if (!this.tolerated.some((pattern) => pattern.test(text))) this.found.push(text);
  }
}

interface Fixtures {
  /** The address of the server under test. */
  baseURL: string;
  /** Whether pages run WebAssembly in this project. */
  hydrates: boolean;
  /** Console errors, warnings, uncaught errors and failed requests. The test fails with any of them. */
  complaints: Complaints;
  /** Creates another visitor at another machine: a context with its own cookies, and a page. */
  newVisitor: () => Promise<{ context: BrowserContext; page: Page }>;
  /** Opens a path and waits until the page is hydrated, if there is WebAssembly. */
  open: (path: string, page?: Page) => Promise<void>;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => {
    const url = process.env.E2E_BASE_URL;
    if (!url) throw new Error("the global set-up has started no server");
    await use(url);
  },
  hydrates: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),
  complaints: [
    async ({ hydrates }, use) => {
      const complaints = new Complaints();
      // Without JavaScript, files for the start script are fetched and not used, which is expected.
      if (!hydrates) complaints.tolerated.push(/\.js: csp$/, /\.wasm was preloaded using link preload but not used/);
      await use(complaints);
      expect(complaints.found, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
  context: async ({ context, complaints }, use) => {
    complaints.watch(context);
    await context.addInitScript(noteHydration);
    await use(context);
  },
  newVisitor: async ({ browser, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      complaints.watch(context);
      await context.addInitScript(noteHydration);
      return { context, page: await context.newPage() };
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
  open: async ({ page: own, hydrates }, use) => {
    await use(async (path, page = own) => {
      await page.goto(path);
      if (hydrates) await untilHydrated(page);
    });
  },
});

/** Waits until the page is loaded, and its islands are hydrated if there is WebAssembly. */
export const untilHydrated = (page: Page) =>
  page.waitForFunction(() => {
    const isLive = document.querySelector("leptos-island") !== null;
    return document.readyState === "complete" && (!isLive || window.hydrated === true);
  });

export { expect };

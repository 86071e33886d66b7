// The parts that the benchmarks of the browser client share: a server for their pages, and a browser.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { build } from "esbuild";

export const here = fileURLToPath(new URL(".", import.meta.url));
const types = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** React and npm convex for it: packages of the crates, which the app does not have. */
const packages = join(here, "../../crates/node_modules");

/** Returns a module script that starts the WebAssembly page and imports `imported` from it. */
export const wasm = (imported) => `import init, { ${imported} } from "/bench_page.js";
  const wasm = await init({ module_or_path: "/bench_page_bg.wasm" });
  window.wasmBytes = () => wasm.memory.buffer.byteLength;`;

/**
 * Serves pages by their name, each with a module script, and also the bundled modules `modules` of this folder and the
 * files in `folder`.
 */
export async function serve({ pages, modules, folder }) {
  const bundled = await build({
    entryPoints: modules.map((name) => join(here, `${name}.mjs`)),
    outdir: "bundled",
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    alias: Object.fromEntries(["convex", "react", "react-dom"].map((name) => [name, join(packages, name)])),
    define: { "process.env.NODE_ENV": '"production"' },
    write: false,
  });
  const scripts = new Map(bundled.outputFiles.map((file) => [basename(file.path), file.contents]));
  const server = createServer(async (request, response) => {
    const name = basename(new URL(request.url, "http://localhost").pathname);
    try {
      if (name in pages) {
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(
          `<!doctype html><title>${name}</title><link rel="icon" href="data:,"><body><script type="module">${pages[name]}</script>`,
        );
        return;
      }
      const body = scripts.get(name) ?? (await readFile(join(folder, name)));
      response.setHeader("content-type", types[extname(name)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

export function launch() {
  const system = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
  return chromium.launch({
    executablePath: system.find((path) => path && existsSync(path)),
    args: ["--no-sandbox"],
  });
}

/** Opens a page in a context of its own, with `probe` run before anything else. An error in the page ends the run. */
export async function newPage(browser, name, probe) {
  const page = await (await browser.newContext()).newPage();
  page.on("console", (message) => console.error(`${name}: ${message.text()}`));
  page.on("pageerror", (error) => {
    console.error(`${name}: ${error}`);
    process.exit(1);
  });
  page.setDefaultTimeout(120_000);
  await page.addInitScript({ path: join(here, probe) });
  return page;
}

/** Returns the value that `share` of `times` do not exceed. */
export function percentile(times, share) {
  const sorted = times.toSorted((x, y) => x - y);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

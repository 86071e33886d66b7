// WebAssembly that is still on its way.

import type { Page } from "@playwright/test";

/** Holds the page's WebAssembly back until the returned function is called; `whenLet` runs just before it goes on. */
export async function holdCode(page: Page, whenLet = () => {}): Promise<() => void> {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    whenLet();
    await route.continue();
  });
  return letGo;
}

// WebAssembly that is still loading.

import type { Page } from "@playwright/test";

/** Delays the page's WebAssembly until the returned function is called; `whenLet` runs just before it continues. */
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

// A recorder of the text of a page, from the first paint on: after each change of the document and in each frame.

import type { Page } from "@playwright/test";

/** The text that the page showed from one moment on. */
export interface Moment {
  /** Milliseconds since the navigation. */
  at: number;
  /** The visible text. */
  text: string;
}

declare global {
  interface Window {
    moments?: Moment[];
  }
}

function record(): void {
  const moments: Moment[] = (window.moments = []);
  const note = () => {
    const text = document.body?.innerText ?? "";
    if (text.trim() && text !== moments.at(-1)?.text) moments.push({ at: Math.round(performance.now()), text });
  };
  new MutationObserver(note).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
  const eachFrame = () => {
    note();
    requestAnimationFrame(eachFrame);
  };
  requestAnimationFrame(eachFrame);
}

/** Records every page opened from now on. */
export const startRecording = (page: Page) => page.addInitScript(record);

/** Returns the recorded texts. */
export const recorded = (page: Page) => page.evaluate(() => window.moments ?? []);

/** Simulates slow 4G as in Chromium's developer tools, and a processor at a quarter of its speed. */
export async function slowDown(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  await cdp.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 562.5,
    downloadThroughput: (1.44 * 1024 * 1024) / 8,
    uploadThroughput: (675 * 1024) / 8,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
}

/** Lets the page draw some frames, so that pending changes are visible. */
export const drawFrames = (page: Page, count: number) =>
  page.evaluate(
    (frames) =>
      new Promise<void>((resolve) => {
        const next = (left: number) => (left ? requestAnimationFrame(() => next(left - 1)) : resolve());
        next(frames);
      }),
    count,
  );

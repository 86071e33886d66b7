// A React root that records every text it shows.
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, vi } from "vitest";

/** Renders `children` and records what a person sees over time. */
export function mount(children: ReactNode) {
  const container = document.createElement("main");
  document.body.append(container);
  // An error that a boundary shows need not be logged as well.
  const root = createRoot(container, { onCaughtError: () => undefined });
  const shown: string[] = [];
  const note = () => {
    const text = container.textContent ?? "";
    if (shown.at(-1) !== text) shown.push(text);
  };
  const observer = new MutationObserver(note);
  observer.observe(container, { childList: true, characterData: true, subtree: true });
  root.render(children);
  return {
    /** All texts so far, in order. */
    shown,
    /** Waits until the page reads `text`. */
    shows: (text: string) =>
      vi.waitFor(
        () => {
          note();
          expect(container.textContent).toBe(text);
        },
        { timeout: 20_000 },
      ),
    click: (name: string) => {
      const buttons = [...container.querySelectorAll("button")];
      const button = buttons.find(({ title }) => title === name);
      if (button === undefined) throw new Error(`no button ${name} in ${container.innerHTML}`);
      button.click();
    },
    unmount: () => {
      root.unmount();
      observer.disconnect();
      container.remove();
    },
  };
}

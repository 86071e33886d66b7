// The probe of `pages.mjs`, which runs in each document before anything else. It records when the document paints, is
// hydrated, and shows values.
"use strict";
{
  const now = () => performance.now();
  const seen = { longTasks: [], lcp: 0, hydrated: 0, transition: 0, texts: {}, headings: {} };
  window.seen = seen;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.longTasks.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    seen.lcp = list.getEntries().at(-1).startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });

  // The elements of the HTML. Those that code creates later say nothing about hydration.
  const parsed = new WeakSet();
  document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("*")) parsed.add(element);
  });
  const isParsed = (element) => document.readyState === "loading" || parsed.has(element);

  // Hydration adds listeners to elements. React listens only on its root, so its marks are looked for below.
  const TAKES_OVER = /^(click|input|change|submit)$/;
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this instanceof Element && TAKES_OVER.test(type) && isParsed(this)) seen.hydrated = now();
    return add.call(this, type, ...rest);
  };
  const marked = new Set();
  const isMarked = (element) => Object.keys(element).some((key) => key.startsWith("__reactProps"));
  const lookForReact = () => {
    for (const element of document.querySelectorAll("h1, form, button")) {
      if (!marked.has(element) && isParsed(element) && isMarked(element)) {
        marked.add(element);
        seen.hydrated = now();
      }
    }
    if (now() < 20_000) requestAnimationFrame(lookForReact);
  };
  requestAnimationFrame(lookForReact);

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      add.call(this, "message", ({ data }) => {
        if (!seen.transition && typeof data === "string" && /"type":"(Transition|TransitionChunk)"/.test(data)) {
          if (data.includes('"QueryUpdated"')) seen.transition = now();
        }
      });
    }
  };

  const paintedAt = (note) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => note(performance.timeOrigin + now());
      port2.postMessage(0);
    });
  const look = () => {
    for (const heading of document.getElementsByTagName("h1")) {
      const text = heading.textContent;
      if (seen.headings[text] === undefined) {
        seen.headings[text] = 0;
        paintedAt((at) => (seen.headings[text] = at));
      }
    }
    // Only rows: the HTML also has a copy of the values that is not on screen.
    for (const { textContent } of document.getElementsByTagName("li")) {
      const mark = textContent.match(/added during \w+-\d+/)?.[0];
      if (mark) seen.texts[mark] ??= now();
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

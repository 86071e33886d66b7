// The probe of the pages of `clients.mjs`, which runs before anything else. It records when messages arrive and when
// the paragraphs change. Paragraph n shows the counter plus n; an update is shown once all of them agree.
"use strict";

const absolute = () => performance.timeOrigin + performance.now();

window.probe = {
  /** When the newest message arrived, before the client saw it. */
  receivedAt: 0,
  /** The counter that all paragraphs show, since when they do, and when the newest message before that arrived. */
  shown: { value: -1, at: 0, receivedAt: 0 },
  waiting: [],

  /** Resolves once the paragraphs show at least `value`. */
  until(value) {
    return new Promise((resolve) => {
      if (this.shown.value >= value) resolve(this.shown);
      else this.waiting.push({ value, resolve });
    });
  },

  /** Clicks the button, and resolves once this page shows the change. */
  async change() {
    const next = this.shown.value + 1;
    const sentAt = absolute();
    document.querySelector("button").click();
    return { sentAt, ...(await this.until(next)) };
  },

  /** Makes `count` changes, one after the other. */
  async changeOften(count) {
    for (let done = 0; done < count; done++) await this.change();
  },

  look(at) {
    const paragraphs = document.getElementsByTagName("p");
    const value = paragraphs.length > 0 ? Number(paragraphs[0].textContent || NaN) : NaN;
    if (!(value > this.shown.value)) return;
    for (let n = 1; n < paragraphs.length; n++) {
      if (paragraphs[n].textContent !== String(value + n)) return;
    }
    this.shown = { value, at, receivedAt: this.receivedAt };
    const ready = this.waiting.filter((waiter) => waiter.value <= value);
    this.waiting = this.waiting.filter((waiter) => waiter.value > value);
    for (const waiter of ready) waiter.resolve(this.shown);
  },
};

window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", () => {
      window.probe.receivedAt = absolute();
    });
  }
};

new MutationObserver(() => window.probe.look(absolute())).observe(document, {
  subtree: true,
  childList: true,
  characterData: true,
});

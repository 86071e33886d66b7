// The probe of the pages with lists, which runs before anything else. It counts changes of the DOM, and waits until an
// item shows the expected text.
"use strict";

window.probe = {
  /** The number of DOM changes since `take` was last called. */
  changes: 0,
  waiting: null,

  take() {
    const { changes } = this;
    this.changes = 0;
    return changes;
  },

  /** Resolves once the list has `length` items and the one at `at`, unless that is null, shows `text`. */
  until({ length, at, text }) {
    const list = document.getElementsByTagName("li");
    const shows = () => list.length === length && (at === null || list[at].textContent === text);
    if (shows()) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting = () => {
        if (!shows()) return;
        this.waiting = null;
        resolve();
      };
    });
  },

  partsOf: (at) => [...document.getElementsByTagName("li")[at].children].map((part) => part.textContent),

  click: (count) => [...document.querySelectorAll("button")].find((it) => it.textContent === String(count)).click(),
};

new MutationObserver((records) => {
  window.probe.changes += records.length;
  window.probe.waiting?.();
}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });

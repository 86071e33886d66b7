// The clock of functions: it stands still in queries, and runs in mutations and actions.
"use strict";
(function ({ host, now, isQuery }) {

  class Performance {
    #entries = [];
    get timeOrigin() {
      return host("timeOrigin");
    }
    now() {
      return isQuery() ? now() - host("timeOrigin") : host("clock");
    }
    mark(name, options = {}) {
      return this.#add(name, "mark", options.startTime ?? this.now(), 0, options.detail);
    }
    measure(name, from, to) {
      const settings = typeof from === "object" && from !== null ? from : { start: from, end: to };
      const start = this.#timeOf(settings.start) ?? 0;
      const end = this.#timeOf(settings.end) ?? this.now();
      return this.#add(name, "measure", start, settings.duration ?? end - start, settings.detail);
    }
    #add(name, entryType, startTime, duration, detail = null) {
      const entry = { name: `${name}`, entryType, startTime, duration, detail };
      this.#entries.push(entry);
      return entry;
    }
    #timeOf(mark) {
      if (mark === undefined || typeof mark === "number") return mark;
      const entry = this.getEntriesByName(`${mark}`, "mark").at(-1);
      if (entry === undefined) throw new SyntaxError(`The "${mark}" performance mark has not been set`);
      return entry.startTime;
    }
    getEntries() {
      return [...this.#entries];
    }
    getEntriesByType(type) {
      return this.#entries.filter((entry) => entry.entryType === type);
    }
    getEntriesByName(name, type) {
      return this.#entries.filter(
        (entry) => entry.name === name && (type === undefined || entry.entryType === type),
      );
    }
    clearMarks(name) {
      this.#clear("mark", name);
    }
    clearMeasures(name) {
      this.#clear("measure", name);
    }
    #clear(type, name) {
      this.#entries = this.#entries.filter(
        (entry) => entry.entryType !== type || (name !== undefined && entry.name !== name),
      );
    }
    toJSON() {
      return { timeOrigin: this.timeOrigin };
    }
  }

  return { performance: new Performance() };
});

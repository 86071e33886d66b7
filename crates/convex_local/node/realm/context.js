// AsyncLocalStorage. The process keeps one value along each chain of promises; here it is a map from
// storages to their values.
"use strict";
(function ({ host }) {

  const current = () => host("context");
  const enter = (map) => host("enterContext", map);

  function within(map, callback) {
    const before = current();
    enter(map);
    try {
      return callback();
    } finally {
      enter(before);
    }
  }

  class AsyncLocalStorage {
    static bind(fn) {
      const snapshot = AsyncLocalStorage.snapshot();
      return (...args) => snapshot(fn, ...args);
    }
    static snapshot() {
      const map = current();
      return (fn, ...args) => within(map, () => fn(...args));
    }
    #with(store) {
      return new Map(current()).set(this, store);
    }
    run(store, callback, ...args) {
      return within(this.#with(store), () => callback(...args));
    }
    exit(callback, ...args) {
      return this.run(undefined, callback, ...args);
    }
    enterWith(store) {
      enter(this.#with(store));
    }
    disable() {
      const map = new Map(current());
      map.delete(this);
      enter(map);
    }
    getStore() {
      return current()?.get(this);
    }
  }

  class AsyncResource {
    #map = current();
    constructor(type) {
      if (typeof type !== "string") throw new TypeError("type must be a string");
      this.type = type;
    }
    runInAsyncScope(fn, thisArg, ...args) {
      return within(this.#map, () => fn.apply(thisArg, args));
    }
    bind(fn, thisArg) {
      const map = this.#map;
      return function (...args) {
        return within(map, () => fn.apply(thisArg ?? this, args));
      };
    }
    static bind(fn, type, thisArg) {
      return new AsyncResource(type ?? (fn.name || "bound-anonymous-fn")).bind(fn, thisArg);
    }
    emitDestroy() {
      return this;
    }
  }

  return { AsyncLocalStorage, AsyncResource };
});

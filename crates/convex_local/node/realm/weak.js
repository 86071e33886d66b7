// Weak references that keep their targets, as on Convex: a function must not observe garbage collection.
"use strict";
(function () {
  class WeakRef {
    #target;
    constructor(target) {
      this.#target = target;
    }
    deref() {
      return this.#target;
    }
  }
  class FinalizationRegistry {
    constructor(callback) {
      if (typeof callback !== "function") throw new TypeError("cleanup must be callable");
    }
    register() {}
    unregister() {
      return false;
    }
  }
  return { FinalizationRegistry, WeakRef };
});

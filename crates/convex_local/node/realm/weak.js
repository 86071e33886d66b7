// Weak references that hold: what is collected when is no business of a function, as on Convex.
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

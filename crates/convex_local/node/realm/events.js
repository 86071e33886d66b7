// Events and abort signals.
"use strict";
(function ({ hidden, forbid }) {

  const CODES = {
    IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5,
    NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10,
    InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
    InvalidAccessError: 15, SecurityError: 18, NetworkError: 19, AbortError: 20, URLMismatchError: 21,
    QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
  };

  class DOMException extends Error {
    #name;
    constructor(message = "", options = "Error") {
      super(String(message));
      const named = typeof options === "object" && options !== null;
      this.#name = String(named ? (options.name ?? "Error") : options);
      if (named && "cause" in options) hidden(this, "cause", options.cause);
    }
    get name() {
      return this.#name;
    }
    get code() {
      return CODES[this.#name] ?? 0;
    }
    get [Symbol.toStringTag]() {
      return "DOMException";
    }
  }

  class Event {
    #type;
    #options;
    #prevented = false;
    #stopped = false;
    constructor(type, options = {}) {
      if (arguments.length === 0) throw new TypeError("Event: 1 argument required, but only 0 present.");
      this.#type = String(type);
      this.#options = options ?? {};
      this.target = null;
      this.currentTarget = null;
      this.timeStamp = 0;
    }
    get type() {
      return this.#type;
    }
    get bubbles() {
      return this.#options.bubbles === true;
    }
    get cancelable() {
      return this.#options.cancelable === true;
    }
    get composed() {
      return this.#options.composed === true;
    }
    get defaultPrevented() {
      return this.#prevented;
    }
    preventDefault() {
      if (this.cancelable) this.#prevented = true;
    }
    stopPropagation() {}
    stopImmediatePropagation() {
      this.#stopped = true;
    }
    composedPath() {
      return this.target === null ? [] : [this.target];
    }
    static isStopped(event) {
      return event.#stopped;
    }
    get [Symbol.toStringTag]() {
      return "Event";
    }
  }
  const { isStopped } = Event;
  delete Event.isStopped;

  class EventTarget {
    #listeners = new Map();
    addEventListener(type, callback, options) {
      if (callback === null || callback === undefined) return;
      const settings = typeof options === "object" && options !== null ? options : {};
      if (settings.signal?.aborted) return;
      const list = this.#listeners.get(String(type)) ?? [];
      if (list.some((listener) => listener.callback === callback)) return;
      this.#listeners.set(String(type), [...list, { callback, once: settings.once === true }]);
      settings.signal?.addEventListener("abort", () => this.removeEventListener(type, callback), { once: true });
    }
    removeEventListener(type, callback) {
      const list = this.#listeners.get(String(type)) ?? [];
      this.#listeners.set(String(type), list.filter((listener) => listener.callback !== callback));
    }
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError("dispatchEvent() takes an Event");
      event.target = this;
      event.currentTarget = this;
      for (const { callback, once } of this.#listeners.get(event.type) ?? []) {
        if (isStopped(event)) break;
        if (once) this.removeEventListener(event.type, callback);
        try {
          if (typeof callback === "function") callback.call(this, event);
          else callback.handleEvent(event);
        } catch (error) {
          // Nobody can catch a listener's error, so it fails the function.
          void Promise.reject(error);
        }
      }
      event.currentTarget = null;
      return !event.defaultPrevented;
    }
    get [Symbol.toStringTag]() {
      return "EventTarget";
    }
  }

  const key = Symbol("key");

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason;
    onabort = null;
    constructor(given) {
      if (given !== key) throw new TypeError("Illegal constructor");
      super();
    }
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }
    static timeout(milliseconds) {
      forbid("AbortSignal.timeout()");
      const signal = new AbortSignal(key);
      setTimeout(() => abort(signal, new DOMException("The operation timed out", "TimeoutError")), milliseconds);
      return signal;
    }
    static any(signals) {
      const signal = new AbortSignal(key);
      for (const source of signals) {
        if (source.aborted) {
          abort(signal, source.reason);
          break;
        }
        source.addEventListener("abort", () => abort(signal, source.reason), { once: true });
      }
      return signal;
    }
    static end(signal, reason) {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason ?? new DOMException("This operation was aborted", "AbortError");
      const event = new Event("abort");
      if (typeof signal.onabort === "function") {
        signal.addEventListener("abort", signal.onabort, { once: true });
      }
      signal.dispatchEvent(event);
    }
    get [Symbol.toStringTag]() {
      return "AbortSignal";
    }
  }
  const abort = AbortSignal.end;
  delete AbortSignal.end;

  class AbortController {
    #signal = new AbortSignal(key);
    get signal() {
      return this.#signal;
    }
    abort(reason) {
      abort(this.#signal, reason);
    }
    get [Symbol.toStringTag]() {
      return "AbortController";
    }
  }

  return { AbortController, AbortSignal, DOMException, Event, EventTarget };
});

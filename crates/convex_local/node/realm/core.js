// The part of a realm that every call needs: the rules of Convex's runtime for JavaScript's own globals, system
// calls, loading modules and running functions. The rest of the web platform is in the files beside this one, each
// evaluated when one of its globals is first used.
//
// `ask(op, ...)` and `begin(sequence, op, ...)` are functions of the process. User code must never get hold of them
// or of any other object of the process, because its constructor leads to Node.js. So they take and return strings,
// numbers and bytes, their exceptions are thrown again as errors of this realm, and nothing here passes them to a
// method that user code may have replaced.
"use strict";
(function (ask, begin) {
  const { defineProperty, create, assign } = Object;
  const { apply, construct, get: readProperty, getOwnPropertyDescriptor } = Reflect;
  const { parse, stringify } = JSON;
  const RealDate = Date;
  const RealPromise = Promise;
  const RealFunction = Function;
  const RealProxy = Proxy;
  const realTypeOf = { TypeError, RangeError, SyntaxError, EvalError };
  const global = globalThis;

  /** The state of the running call; undefined while modules are loaded. */
  let call;

  // --- The process ------------------------------------------------------------------------------

  function foreignError(thrown) {
    // Only the text of `thrown` gets out of here.
    const { name, message } = thrown;
    return new (realTypeOf[name] ?? Error)(`${message}`);
  }

  /** Turns Rust's refusal of a system call into an error: a message, and data if it is a ConvexError. */
  function systemError(json) {
    const { message, data, name } = parse(json);
    const error = foreignError({ name, message });
    if (data !== undefined) error.data = data;
    return error;
  }

  function host(op, a, b, c) {
    try {
      return ask(op, a, b, c);
    } catch (thrown) {
      throw foreignError(thrown);
    }
  }

  /** By sequence number; without methods, which user code may have replaced. */
  const waiting = create(null);
  let waitingCount = 0;
  let nextSequence = 1;

  function later(op, a, b, c) {
    const sequence = nextSequence++;
    const promise = new RealPromise((resolve, reject) => {
      waiting[sequence] = { resolve, reject };
      waitingCount++;
    });
    try {
      begin(sequence, op, a, b, c);
    } catch (thrown) {
      answered(sequence);
      throw foreignError(thrown);
    }
    return promise;
  }

  function answered(sequence) {
    const promise = waiting[sequence];
    if (promise !== undefined) waitingCount--;
    delete waiting[sequence];
    return promise;
  }

  function settle(sequence, ok, value) {
    const promise = answered(sequence);
    if (ok) promise?.resolve(value);
    else promise?.reject(systemError(value));
  }

  // --- Globals ----------------------------------------------------------------------------------

  function hidden(object, name, value) {
    defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
  }

  const kit = { host, later, hidden, use, forbid, refuse, notImplemented, bytesOf, isCalled: () => call !== undefined };
  let used = create(null);

  /** The exports of a file beside this one. */
  function use(name) {
    used[name] ??= host("platform", name)(kit);
    return used[name];
  }

  /** Defines globals that are loaded at their first use. */
  const lazy = [];

  function lazily(file, names) {
    for (const name of names) onUse(name, () => use(file)[name]);
  }

  function onUse(name, make) {
    const accessor = {
      get() {
        const value = make();
        hidden(global, name, value);
        return value;
      },
      set(value) {
        hidden(global, name, value);
      },
      configurable: true,
      enumerable: false,
    };
    defineProperty(global, name, accessor);
    lazy.push([name, accessor]);
  }

  function inTransaction() {
    return call !== undefined && (call.kind === "query" || call.kind === "mutation");
  }

  /** Refuses an operation that only actions may use. `call` is undefined while modules are loaded. */
  function forbid(what) {
    if (call === undefined) throw new Error(`${what} unsupported at import time`);
    if (!inTransaction()) return;
    throw new Error(
      `Can't use ${what} in queries and mutations. Please consider using an action. ` +
        "See https://docs.convex.dev/functions/actions for more details.",
    );
  }

  /** An error that fails the call even if it is caught: libraries probe for features that may be missing. */
  let refused;

  function refuse(message) {
    refused ??= new Error(message);
    throw refused;
  }

  /** Refuses a feature that Convex's runtime does not have, with its message. */
  function notImplemented(operation, className, more) {
    const what = `Not implemented: ${operation} for ${className}${more === undefined ? "" : `: ${more}`}`;
    refuse(
      `${what}. Consider calling an action defined in Node.js instead ` +
        "(https://docs.convex.dev/functions/actions).",
    );
  }

  /** Returns the bytes of a buffer or view without copying. */
  function bytesOf(source) {
    if (ArrayBuffer.isView(source)) {
      return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    }
    return new Uint8Array(source);
  }

  function now() {
    if (call === undefined) return host("loadedAt");
    if (call.kind === "query" && !call.readClock) {
      // The result is valid only for a while.
      call.readClock = true;
      host("readClock");
    }
    return call.now ?? host("now");
  }

  function installDate() {
    function Date(...args) {
      if (new.target === undefined) return new RealDate(now()).toString();
      return construct(RealDate, args.length === 0 ? [now()] : args, new.target);
    }
    hidden(Date, "now", () => now());
    hidden(Date, "parse", RealDate.parse);
    hidden(Date, "UTC", RealDate.UTC);
    defineProperty(Date, "length", { value: 7 });
    Date.prototype = RealDate.prototype;
    hidden(RealDate.prototype, "constructor", Date);
    hidden(global, "Date", Date);
  }

  /** Formats the time of the call if no time is given. */
  function installTimeFormats() {
    const formats = Intl.DateTimeFormat.prototype;
    const { get, ...attributes } = getOwnPropertyDescriptor(formats, "format");
    const { formatToParts } = formats;
    const given = (date) => (date === undefined ? now() : date);
    defineProperty(formats, "format", {
      ...attributes,
      get() {
        const format = apply(get, this, []);
        return (date) => format(given(date));
      },
    });
    hidden(formats, "formatToParts", function (date) {
      return apply(formatToParts, this, [given(date)]);
    });
  }

  /** The random numbers of a call (sfc32), seeded for each call; the same each time while modules load. */
  function installRandom() {
    const LOADING = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
    let [a, b, c, counter] = LOADING;
    const next = () => {
      const sum = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      return sum >>> 0;
    };
    kit.unseed = () => {
      [a, b, c, counter] = LOADING;
    };
    kit.seed = (first, second) => {
      a = first | 0;
      b = second | 0;
      c = 0;
      counter = 1;
      for (let index = 0; index < 12; index++) next();
    };
    hidden(Math, "random", () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000);
  }

  /**
   * Node.js would handle `import()` in code that is made at run time. No module can be imported there anyway, and the
   * word cannot be written in another way.
   */
  function installCompilers() {
    const check = (source) => {
      if (/\bimport\b/.test(source)) {
        throw new Error("Can't dynamically import modules in code that is made at run time");
      }
    };
    const wrap = (Real) => {
      const Wrapped = function (...args) {
        const texts = args.map((arg) => `${arg}`);
        texts.forEach(check);
        return construct(Real, texts, new.target === undefined || new.target === Wrapped ? Real : new.target);
      };
      Wrapped.prototype = Real.prototype;
      hidden(Wrapped, "name", Real.name);
      hidden(Real.prototype, "constructor", Wrapped);
      return Wrapped;
    };
    hidden(global, "Function", wrap(RealFunction));
    for (const example of [async () => {}, function* () {}, async function* () {}]) {
      wrap(example.constructor);
    }
    const realEval = eval;
    hidden(global, "eval", (source) => {
      if (typeof source !== "string") return source;
      check(source);
      return realEval(source);
    });
  }

  function installEnvironment(env) {
    const values = assign(create(null), env);
    // As on Convex: each variable can be read, and none listed or changed.
    const get = (target, name, receiver) => (typeof name === "string" ? values[name] : readProperty(target, name, receiver));
    global.process = { env: new RealProxy({}, { get }) };
  }

  // --- System calls -----------------------------------------------------------------------------

  function installConvex() {
    const atImport = () => {
      throw new Error("Can't use database at import time");
    };
    const Convex = {
      syscall(op, args) {
        if (call === undefined) atImport();
        const answer = host("syscall", `${op}`, `${args}`);
        if (answer[0] === "X") throw systemError(answer.slice(1));
        return answer.slice(1);
      },
      asyncSyscall: async (op, args) => {
        if (call === undefined) atImport();
        return await later("syscall", `${op}`, `${args}`);
      },
      jsSyscall: async (op, args) => {
        if (call === undefined) atImport();
        if (op === "storage/storeBlob") return await use("storage").storeBlob(args);
        if (op === "storage/getBlob") return await use("storage").getBlob(args);
        throw new Error(`The operation ${op} is not available in convex-local (used by ${call.name})`);
      },
    };
    hidden(global, "Convex", Convex);
  }

  // --- Modules ----------------------------------------------------------------------------------

  let modules = create(null);

  function resolve(from, specifier) {
    const parts = from.split("/").slice(0, -1);
    for (const part of specifier.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    return parts.join("/");
  }

  function load(path) {
    const known = modules[path];
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules[path] = module;
    const require = (specifier) => {
      if (specifier === "node:async_hooks") return use("context");
      if (typeof specifier === "string" && /^\.\.?\//.test(specifier)) return load(resolve(path, specifier));
      const where = inTransaction() ? " in a query or mutation" : "";
      throw new Error(`Can't dynamically import "${specifier}"${where}`);
    };
    try {
      host("chunk", path)(module.exports, require, module);
    } catch (error) {
      delete modules[path];
      throw error;
    }
    return module.exports;
  }

  // --- Calls ------------------------------------------------------------------------------------

  function enter(description) {
    host("loaded");
    call = parse(description);
    kit.seed(call.seed[0], call.seed[1]);
  }

  async function finish(work) {
    try {
      const result = await work();
      if (refused === undefined) host("result", result);
      else host("refusal", refused);
    } catch (error) {
      if (refused === undefined) host("failure", error);
      else host("refusal", refused);
    }
  }

  function run(description, module, name, args) {
    void finish(async () => {
      const fn = load(module)[name];
      enter(description);
      if (call.kind === "query") return `${await fn.invokeQuery(args)}`;
      if (call.kind === "mutation") return `${await fn.invokeMutation(args)}`;
      return `${await fn.invokeAction("", args)}`;
    });
  }

  function runHttp(description, module, route, request) {
    const { respond } = use("http");
    void finish(() => {
      const router = load(module).default;
      enter(description);
      return respond(router, route, parse(request));
    });
  }

  // --- One call after another -------------------------------------------------------------------

  /** Whether JavaScript's own objects are unchanged; undefined if the realm serves only one call. */
  let unchanged;
  /** Whether the call used something that may go on by itself. */
  let goesOn = false;

  /** Records the state before modules are loaded, for `renew` to compare with. */
  function remember() {
    unchanged = host("platform", "unchanged")(global);
  }

  /** Ends a call. Returns whether nothing of it is still running. */
  function reset() {
    call = undefined;
    refused = undefined;
    return waitingCount === 0;
  }

  /**
   * Resets the realm for the next call: modules and the platform are loaded again.
   * Returns false if something of the last call would remain.
   */
  function renew() {
    if (unchanged === undefined || goesOn || !reset()) return false;
    modules = create(null);
    used = create(null);
    kit.unseed();
    try {
      delete global.process;
      for (const [name, accessor] of lazy) {
        if (getOwnPropertyDescriptor(global, name)?.get !== accessor.get) defineProperty(global, name, accessor);
      }
    } catch {
      return false;
    }
    // Forgets `RegExp.$1` and the like.
    /(?:)/.test("");
    return unchanged();
  }

  global.self = global;
  host("platform", "language")(hidden);
  installDate();
  installTimeFormats();
  installRandom();
  installCompilers();
  installConvex();
  lazily("console", ["console"]);
  lazily("timers", ["clearInterval", "clearTimeout", "setInterval", "setTimeout"]);
  lazily("weak", ["FinalizationRegistry", "WeakRef"]);
  lazily("url", ["URL", "URLSearchParams"]);
  lazily("events", ["AbortController", "AbortSignal", "DOMException", "Event", "EventTarget"]);
  lazily("streams", [
    "ReadableStream", "ReadableStreamBYOBReader", "ReadableStreamDefaultController",
    "ReadableStreamDefaultReader", "TransformStream", "WritableStream", "WritableStreamDefaultWriter",
    "ByteLengthQueuingStrategy", "CountQueuingStrategy",
  ]);
  lazily("encoding", [
    "TextEncoder", "TextDecoder", "TextEncoderStream", "TextDecoderStream", "atob", "btoa",
  ]);
  lazily("blob", ["Blob", "File", "FormData"]);
  lazily("fetch", ["Headers", "Request", "Response", "fetch"]);
  lazily("crypto", ["crypto", "Crypto", "CryptoKey", "SubtleCrypto"]);
  lazily("clone", ["structuredClone"]);
  lazily("performance", ["performance"]);
  lazily("context", ["AsyncLocalStorage", "AsyncResource"]);
  for (const name of ["Atomics", "WebAssembly"]) {
    const value = global[name];
    onUse(name, () => {
      goesOn = true;
      return value;
    });
  }
  kit.now = now;
  kit.isQuery = () => call?.kind === "query";

  return {
    intrinsics: { Uint8Array, Promise: RealPromise.prototype },
    installEnvironment: (json) => installEnvironment(parse(json)),
    load,
    run,
    runHttp,
    settle,
    fire: (id) => use("timers").fire(id),
    remember,
    reset,
    renew,
    chunk: (bytes) => use("http").takeChunk(bytes),
    end: (problem) => use("http").takeEnd(problem),
    giveUp: () => use("http").giveUp(),
  };
})

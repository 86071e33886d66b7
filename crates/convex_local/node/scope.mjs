// What surrounds a running function: the `Convex` global its library calls, its clock, its
// environment, and what it must not use. One scope a call, kept by AsyncLocalStorage.
import { AsyncLocalStorage } from "node:async_hooks";

/** Holds `{ id, kind, name, now, env, convex, log }` of the call that the current code belongs to. */
export const scopes = new AsyncLocalStorage();

/** Whether the scope is a query or mutation, where the rules of determinism hold. */
function inTransaction(scope) {
  return scope !== undefined && (scope.kind === "query" || scope.kind === "mutation");
}

const atImport = {
  syscall: () => refuseImport(),
  asyncSyscall: async () => refuseImport(),
  jsSyscall: () => refuseImport(),
};

function refuseImport() {
  throw new Error("Can't use database at import time");
}

/** Puts the scoped globals in place. `base` is the environment of code outside of any call. */
export function installGlobals(base) {
  // Libraries built for this kind of runtime look for it here. Better Auth otherwise falls back to one
  // variable for all requests, and takes one person's request for another's when two overlap.
  globalThis.AsyncLocalStorage = AsyncLocalStorage;
  Object.defineProperty(globalThis, "Convex", {
    get: () => scopes.getStore()?.convex ?? atImport,
    enumerable: false,
  });
  installEnvironment(base);
  installClock();
  installTimer();
  installRefusals();
  const exit = process.exit;
  process.exit = (code) => {
    if (scopes.getStore() === undefined) exit(code);
    throw new Error("process.exit() is not available in Convex functions");
  };
}

let loadingEnv = {};

/** The environment that modules see while they are loaded. */
export function setLoadingEnvironment(env) {
  loadingEnv = env;
}

function installEnvironment(base) {
  loadingEnv = base;
  const current = () => scopes.getStore()?.env ?? loadingEnv;
  const env = new Proxy(Object.create(null), {
    get: (_, name) => (typeof name === "string" ? current()[name] : undefined),
    has: (_, name) => Object.hasOwn(current(), name),
    ownKeys: () => Reflect.ownKeys(current()),
    getOwnPropertyDescriptor: (_, name) =>
      Object.hasOwn(current(), name)
        ? { value: current()[name], enumerable: true, configurable: true, writable: true }
        : undefined,
    set: (_, name, value) => {
      current()[name] = String(value);
      return true;
    },
    deleteProperty: (_, name) => delete current()[name],
  });
  Object.defineProperty(process, "env", { value: env, writable: true, configurable: true });
}

function installClock() {
  const RealDate = globalThis.Date;
  const now = () => scopes.getStore()?.now ?? RealDate.now();
  const FixedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 ? [now()] : args,
        newTarget === FixedDate ? target : newTarget,
      ),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : target[name]),
  });
  RealDate.prototype.constructor = FixedDate;
  globalThis.Date = FixedDate;
}

/** As on Convex: `performance.now()` stands still in queries, and goes on in mutations and actions. */
function installTimer() {
  const realNow = performance.now.bind(performance);
  const now = () => {
    const scope = scopes.getStore();
    return scope?.kind === "query" ? scope.now - performance.timeOrigin : realNow();
  };
  Object.defineProperty(performance, "now", { value: now, writable: true, configurable: true });
}

function installRefusals() {
  for (const name of ["fetch", "setTimeout", "setInterval"]) {
    const real = globalThis[name];
    const guarded = function (...args) {
      if (inTransaction(scopes.getStore())) {
        throw new Error(
          `Can't use ${name}() in queries and mutations. Please consider using an action. ` +
            "See https://docs.convex.dev/functions/actions for more details.",
        );
      }
      return Reflect.apply(real, this, args);
    };
    Object.defineProperty(guarded, "name", { value: name });
    globalThis[name] = guarded;
  }
}

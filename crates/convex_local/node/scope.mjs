// The surroundings of functions in `"use node"` files, which run in the process itself: the `Convex`
// global that their library calls, their environment and console. One scope per call, kept by
// AsyncLocalStorage.
import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import * as calls from "./calls.mjs";
import * as storage from "./storage.mjs";

/** Holds the scope of the call that the current code belongs to, see `calls.mjs`. */
export const scopes = new AsyncLocalStorage();

const atImport = {
  syscall: () => refuseImport(),
  asyncSyscall: async () => refuseImport(),
  jsSyscall: async () => refuseImport(),
};

function refuseImport() {
  throw new Error("Can't use database at import time");
}

/** Puts the scoped globals in place. `env` is what functions see as `process.env`. */
export function installGlobals(env) {
  Object.defineProperty(globalThis, "Convex", {
    get: () => scopes.getStore()?.library ?? atImport,
    enumerable: false,
  });
  Object.defineProperty(process, "env", { value: { ...env }, writable: true, configurable: true });
  installConsole();
  const exit = process.exit;
  process.exit = (code) => {
    if (scopes.getStore() === undefined) exit(code);
    throw new Error("process.exit() is not available in Convex functions");
  };
}

/** The functions that npm's `convex` calls in a `"use node"` file. */
function libraryOf(scope) {
  const errorOf = ({ message, data }) => Object.assign(new Error(message), data === undefined ? {} : { data });
  return {
    syscall(op, args) {
      const answer = scope.convex.syscall(op, args);
      if (answer.startsWith("X")) throw errorOf(JSON.parse(answer.slice(1)));
      return answer.slice(1);
    },
    asyncSyscall: (op, args) => scope.convex.asyncSyscall(op, args),
    async jsSyscall(op, args) {
      if (op === "storage/storeBlob") return await storeBlob(args, scope.ask);
      if (op === "storage/getBlob") return await getBlob(args, scope.ask);
      throw new Error(`The operation ${op} is not available in convex-local (used by ${scope.name})`);
    },
  };
}

/** Runs an action of a `"use node"` file. */
export function runInProcess(scope, fn, argsJson) {
  scope.library = libraryOf(scope);
  return scopes.run(scope, async () => {
    try {
      calls.end(scope, await fn.invokeAction("", argsJson));
    } catch (error) {
      calls.fail(scope, error);
    }
  });
}

async function storeBlob({ blob, options }, ask) {
  if (!(blob instanceof Blob)) throw new Error("storage.store() takes a Blob");
  return await storage.storeBlob(blob.stream(), blob.type, options?.sha256, ask);
}

async function getBlob({ storageId }, ask) {
  const file = await storage.getBlob(storageId, ask);
  const bytes = file === null ? null : await storage.readBlob(file.path);
  return bytes === null ? null : new Blob([bytes], { type: file.contentType ?? "" });
}

const LEVELS = { debug: "DEBUG", dir: "LOG", error: "ERROR", info: "INFO", log: "LOG", trace: "LOG", warn: "WARN" };

function installConsole() {
  const timers = new Map();
  const now = performance.now.bind(performance);
  const emit = (level, text) => calls.log(scopes.getStore(), level, text);
  const write = (level, args) => emit(level, args.map((arg) => inspect(arg)).join(" "));
  const methods = {
    assert: (ok, ...args) => ok || write("ERROR", ["Assertion failed", ...args]),
    time: (label = "default") => void timers.set(label, now()),
    timeEnd: (label = "default") => {
      const started = timers.get(label);
      timers.delete(label);
      if (started !== undefined) emit("INFO", `${label}: ${Math.round(now() - started)}ms`);
    },
  };
  for (const [name, level] of Object.entries(LEVELS)) methods[name] = (...args) => write(level, args);
  for (const name of ["dirxml", "group", "groupCollapsed", "table"]) methods[name] = methods.log;
  for (const name of ["clear", "count", "countReset", "groupEnd", "timeLog", "timeStamp"]) {
    methods[name] = () => {};
  }
  Object.assign(globalThis.console, methods);
}

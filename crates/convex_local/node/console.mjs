// `console.*` of user code: lines of the call that wrote them, in the form the clients print.
import { inspect } from "node:util";
import { scopes } from "./scope.mjs";

const LEVELS = {
  debug: "DEBUG",
  error: "ERROR",
  info: "INFO",
  log: "LOG",
  trace: "LOG",
  warn: "WARN",
};

/** Replaces the console; `emit(scope | undefined, level, text)` takes each line. */
export function installConsole(emit) {
  const write = (level, args) =>
    emit(scopes.getStore(), level, args.map((arg) => inspect(arg)).join(" "));
  const timers = new Map();
  const ignore = () => {};
  // Measures real time, in queries too.
  const now = performance.now.bind(performance);
  const methods = {
    assert: (ok, ...args) => ok || write("ERROR", ["Assertion failed", ...args]),
    clear: ignore,
    count: ignore,
    countReset: ignore,
    dir: (value) => write("LOG", [value]),
    dirxml: (...args) => write("LOG", args),
    group: (...args) => write("LOG", args),
    groupCollapsed: (...args) => write("LOG", args),
    groupEnd: ignore,
    table: (value) => write("LOG", [value]),
    time: (label = "default") => timers.set(label, now()),
    timeEnd: (label = "default") => {
      const started = timers.get(label);
      timers.delete(label);
      if (started !== undefined) {
        emit(scopes.getStore(), "INFO", `${label}: ${Math.round(now() - started)}ms`);
      }
    },
    timeLog: ignore,
    timeStamp: ignore,
    profile: ignore,
    profileEnd: ignore,
  };
  for (const [name, level] of Object.entries(LEVELS)) {
    methods[name] = (...args) => write(level, args);
  }
  Object.assign(globalThis.console, methods);
}

// `console.*`: lines of the call, in the form that the clients print.
"use strict";
(function ({ host }) {
  const write = (level, args) => {
    let text = "";
    for (let index = 0; index < args.length; index++) {
      text += (index > 0 ? " " : "") + host("inspect", args[index]);
    }
    host("log", level, text);
  };
  const timers = new Map();
  const elapsed = (label) => {
    const started = timers.get(label);
    return started === undefined ? undefined : `${label}: ${Math.round(host("clock") - started)}ms`;
  };
  const ignore = () => {};
  const methods = {
    assert: (ok, ...args) => void (ok || write("ERROR", ["Assertion failed", ...args])),
    debug: (...args) => write("DEBUG", args),
    dir: (value) => write("LOG", [value]),
    dirxml: (...args) => write("LOG", args),
    error: (...args) => write("ERROR", args),
    group: (...args) => write("LOG", args),
    groupCollapsed: (...args) => write("LOG", args),
    info: (...args) => write("INFO", args),
    log: (...args) => write("LOG", args),
    table: (value) => write("LOG", [value]),
    trace: (...args) => write("LOG", args),
    warn: (...args) => write("WARN", args),
    time: (label = "default") => void timers.set(`${label}`, host("clock")),
    timeLog: (label = "default", ...args) => {
      const text = elapsed(`${label}`);
      if (text !== undefined) host("log", "INFO", text);
      if (args.length > 0) write("LOG", args);
    },
    timeEnd: (label = "default") => {
      const text = elapsed(`${label}`);
      timers.delete(`${label}`);
      if (text !== undefined) host("log", "INFO", text);
    },
  };
  for (const name of ["clear", "count", "countReset", "groupEnd", "timeStamp", "profile", "profileEnd"]) {
    methods[name] = ignore;
  }
  return { console: Object.assign(Object.create({}), methods) };
});

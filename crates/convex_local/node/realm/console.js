// `console.*`: log lines of the call, in the form that the clients print.
"use strict";
(function ({ host }) {
  const write = (level, args) => {
    let text = "";
    for (let index = 0; index < args.length; index++) {
      text += (index > 0 ? " " : "") + host("inspect", args[index]);
    }
    host("log", level, text);
  };
  const started = new Map();
  const labelOf = (label) => (label === undefined ? "default" : `${label}`);
  const elapsed = (label, args) => {
    if (!started.has(label)) return host("log", "WARN", `Timer '${label}' does not exist`);
    let text = `${label}: ${Math.round(host("clock") - started.get(label))}ms`;
    for (const arg of args) text += ` ${host("inspect", arg)}`;
    host("log", "INFO", text);
  };
  // Convex's console has these methods and no others.
  const methods = {
    debug: (...args) => write("DEBUG", args),
    error: (...args) => write("ERROR", args),
    info: (...args) => write("INFO", args),
    log: (...args) => write("LOG", args),
    warn: (...args) => write("WARN", args),
    trace: (...args) => write("LOG", args),
    time: (given) => {
      const label = labelOf(given);
      if (started.has(label)) host("log", "WARN", `Timer '${label}' already exists`);
      else started.set(label, host("clock"));
    },
    timeLog: (label, ...args) => elapsed(labelOf(label), args),
    timeEnd: (given) => {
      const label = labelOf(given);
      elapsed(label, []);
      started.delete(label);
    },
  };
  return { console: Object.assign(Object.create({}), methods) };
});

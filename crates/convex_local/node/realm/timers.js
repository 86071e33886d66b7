// Timers, which queries and mutations may not use.
"use strict";
(function ({ host, forbid, notImplemented }) {
  const { apply } = Reflect;
  const timers = new Map();

  const start = (name, repeats) =>
    function (handler, delay, ...args) {
      forbid(name);
      if (typeof handler === "string") notImplemented("code string argument", name);
      if (typeof handler !== "function") throw new TypeError(`${name}() takes a function`);
      const id = host("timer", Number(delay) || 0, repeats);
      timers.set(id, () => {
        if (!repeats) timers.delete(id);
        apply(handler, undefined, args);
      });
      return id;
    };

  const stop = (id) => {
    if (timers.delete(id)) host("clearTimer", id);
  };

  const named = (name, value) => Object.defineProperty(value, "name", { value: name });

  return {
    clearInterval: named("clearInterval", (id) => stop(id)),
    clearTimeout: named("clearTimeout", (id) => stop(id)),
    setInterval: named("setInterval", start("setInterval", true)),
    setTimeout: named("setTimeout", start("setTimeout", false)),
    fire: (id) => timers.get(id)?.(),
  };
});

// structuredClone(), without transfers, as on Convex.
"use strict";
(function ({ refuse: refuseForGood, use }) {

  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  function structuredClone(value, options) {
    if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
    if (options !== undefined) refuseForGood("structuredClone with transfer not supported");
    return copy(value, new Map());
  }

  function refuse(value) {
    let shown;
    try {
      shown = String(value);
    } catch {
      shown = "#<Object>";
    }
    throw new TypeError(`${shown} could not be cloned.`);
  }

  function copy(value, seen) {
    if (typeof value === "function" || typeof value === "symbol") refuse(value);
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const note = (made) => {
      seen.set(value, made);
      return made;
    };
    if (value instanceof Date) return note(new Date(value.getTime()));
    if (value instanceof RegExp) return note(new RegExp(value.source, value.flags));
    if (value instanceof Boolean || value instanceof Number || value instanceof String) {
      return note(Object(value.valueOf()));
    }
    if (value instanceof ArrayBuffer) return note(value.slice(0));
    if (ArrayBuffer.isView(value)) {
      const buffer = copy(value.buffer, seen);
      const length = value instanceof DataView ? value.byteLength : value.length;
      return note(new value.constructor(buffer, value.byteOffset, length));
    }
    if (value instanceof Map) {
      const map = note(new Map());
      for (const [key, item] of [...value]) map.set(copy(key, seen), copy(item, seen));
      return map;
    }
    if (value instanceof Set) {
      const set = note(new Set());
      for (const item of [...value]) set.add(copy(item, seen));
      return set;
    }
    if (value instanceof Error) {
      const error = note(new (ERRORS[value.name] ?? Error)(value.message));
      Object.defineProperty(error, "stack", { value: value.stack, writable: true, configurable: true });
      if ("cause" in value) error.cause = copy(value.cause, seen);
      return error;
    }
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) refuse(value);
    const { Blob } = use("blob");
    if (value instanceof Blob) return note(value.slice(0, value.size, value.type));
    const made = note(Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) made[key] = copy(value[key], seen);
    return made;
  }

  return { structuredClone };
});

// HTTP headers, after the Fetch Standard.
"use strict";
(function () {
  const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

  const nameOf = (name) => {
    const text = `${name}`;
    if (!NAME.test(text)) throw new TypeError(`Headers: "${text}" is an invalid header name.`);
    return text.toLowerCase();
  };
  const valueOf = (value) => {
    const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
    if (/[\0\n\r]|[^\0-\xff]/.test(text)) {
      throw new TypeError(`Headers: "${text}" is an invalid header value.`);
    }
    return text;
  };

  class Headers {
    #map = new Map();
    constructor(init) {
      if (init === undefined || init === null) return;
      if (typeof init !== "object") throw new TypeError("Headers: the value provided is not a sequence or record");
      const pairs = typeof init[Symbol.iterator] === "function" ? [...init] : Object.entries(init);
      for (const pair of pairs) {
        const [name, value, ...more] = [...pair];
        if (value === undefined && pair.length !== 2) throw new TypeError("Headers: each pair has a name and a value");
        if (more.length > 0) throw new TypeError("Headers: each pair has a name and a value");
        this.append(name, value);
      }
    }
    append(name, value) {
      const key = nameOf(name);
      this.#map.set(key, [...(this.#map.get(key) ?? []), valueOf(value)]);
    }
    delete(name) {
      this.#map.delete(nameOf(name));
    }
    get(name) {
      return this.#map.get(nameOf(name))?.join(", ") ?? null;
    }
    getSetCookie() {
      return [...(this.#map.get("set-cookie") ?? [])];
    }
    has(name) {
      return this.#map.has(nameOf(name));
    }
    set(name, value) {
      this.#map.set(nameOf(name), [valueOf(value)]);
    }
    forEach(callback, thisArg) {
      for (const [name, value] of this) callback.call(thisArg, value, name, this);
    }
    *entries() {
      for (const name of [...this.#map.keys()].sort()) {
        const values = this.#map.get(name) ?? [];
        if (name === "set-cookie") for (const value of values) yield [name, value];
        else yield [name, values.join(", ")];
      }
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    get [Symbol.toStringTag]() {
      return "Headers";
    }
  }

  return { Headers };
});

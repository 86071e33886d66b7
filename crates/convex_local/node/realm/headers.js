// HTTP headers, as in Convex's runtime: in the order of arrival, each value an entry of its own.
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
    /** In the order of arrival, one entry for each value. */
    #list = [];
    constructor(init) {
      if (Array.isArray(init)) {
        for (const pair of init) {
          if (pair.length !== 2) throw new TypeError("Failed to construct 'Headers': Invalid value");
          this.append(pair[0], pair[1]);
        }
      } else if (init instanceof Headers) {
        this.#list = init.#list.map((pair) => [...pair]);
      } else {
        // As on Convex: the entries of a Map are ignored.
        for (const name in init) this.append(name, init[name]);
      }
    }
    append(name, value) {
      this.#list.push([nameOf(name), valueOf(value)]);
    }
    delete(name) {
      const gone = nameOf(name);
      this.#list = this.#list.filter(([known]) => known !== gone);
    }
    #all(name) {
      return this.#list.filter(([known]) => known === name).map(([, value]) => value);
    }
    get(name) {
      const values = this.#all(nameOf(name));
      return values.length === 0 ? null : values.join(", ");
    }
    getSetCookie() {
      return this.#all("set-cookie");
    }
    has(name) {
      return this.#all(nameOf(name)).length > 0;
    }
    set(name, value) {
      this.delete(name);
      this.append(name, value);
    }
    forEach(callback) {
      for (const [name, value] of this.#list) callback(value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#list) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#list) yield name;
    }
    *values() {
      for (const [, value] of this.#list) yield value;
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

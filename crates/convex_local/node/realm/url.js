// URLs, parsed by the process and kept here as text.
"use strict";
(function ({ host, notImplemented }) {

  const PARTS = ["href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

  const UNCHANGEABLE = new Set(["host", "username", "password"]);

  function parse(url, base) {
    const parts = host("url", `${url}`, base === undefined ? undefined : `${base}`);
    if (parts === undefined) {
      const wrong = base === undefined || host("url", `${base}`) !== undefined ? url : base;
      throw new TypeError(`Invalid URL: '${wrong}'`);
    }
    return JSON.parse(parts);
  }

  const decode = (text) => (text.includes("%") ? host("decodeForm", text) : text.replaceAll("+", " "));
  const encode = (text) =>
    encodeURIComponent(text.toWellFormed?.() ?? text)
      .replace(/[!'()~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%20", "+");

  class URLSearchParams {
    #list = [];
    #changed = () => {};
    constructor(init = "") {
      if (typeof init === "object" && init !== null) {
        if (init instanceof URLSearchParams) {
          this.#list = init.#list.map((pair) => [...pair]);
        } else if (Array.isArray(init)) {
          for (const pair of init) {
            if (pair.length !== 2) {
              throw new TypeError(
                "Failed to construct 'URLSearchParams': Sequence initializer must only contain pair elements",
              );
            }
            this.#list.push([`${pair[0]}`, `${pair[1]}`]);
          }
        } else {
          // As on Convex: the entries of maps and forms are ignored.
          for (const name in init) this.#list.push([name, `${init[name]}`]);
        }
      } else {
        this.#read(`${init}`.replace(/^\?/, ""));
      }
    }
    #read(text) {
      this.#list = text
        .split("&")
        .filter((part) => part !== "")
        .map((part) => {
          const at = part.indexOf("=");
          const name = at === -1 ? part : part.slice(0, at);
          return [decode(name), at === -1 ? "" : decode(part.slice(at + 1))];
        });
    }
    static bind(params, changed) {
      params.#changed = changed;
    }
    static reread(params, text) {
      params.#read(text.replace(/^\?/, ""));
    }
    append(name, value) {
      this.#list.push([`${name}`, `${value}`]);
      this.#changed();
    }
    delete(name) {
      this.#list = this.#list.filter(([known]) => known !== `${name}`);
      this.#changed();
    }
    get(name) {
      return this.#list.find(([known]) => known === `${name}`)?.[1] ?? null;
    }
    getAll(name) {
      return this.#list.filter(([known]) => known === `${name}`).map(([, value]) => value);
    }
    has(name) {
      return this.#list.some(([known]) => known === `${name}`);
    }
    /** Moves the entry to the end, as on Convex. */
    set(name, value) {
      this.#list = this.#list.filter(([known]) => known !== `${name}`);
      this.#list.push([`${name}`, `${value}`]);
      this.#changed();
    }
    sort() {
      this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }
    forEach(callback, thisArg) {
      for (const [name, value] of this.#list) callback.call(thisArg, value, name, this);
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
    toString() {
      return this.#list.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
    }
    get [Symbol.toStringTag]() {
      return "URLSearchParams";
    }
  }
  const { bind, reread } = URLSearchParams;
  delete URLSearchParams.bind;
  delete URLSearchParams.reread;

  class URL {
    #parts;
    #params;
    constructor(url, base) {
      if (arguments.length === 0) throw new TypeError('The "url" argument must be specified');
      this.#parts = parse(url, base);
    }
    static canParse(url, base) {
      return host("url", `${url}`, base === undefined ? undefined : `${base}`) !== undefined;
    }
    static parse(url, base) {
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }
    static change(url, name, value) {
      const changed = host("changeUrl", url.#parts.href, name, `${value}`);
      if (changed === undefined) throw new TypeError("Invalid URL");
      url.#parts = JSON.parse(changed);
      if (url.#params !== undefined) reread(url.#params, url.#parts.search);
    }
    static part(url, name) {
      return url.#parts[name];
    }
    get origin() {
      return this.#parts.origin;
    }
    get searchParams() {
      if (this.#params === undefined) {
        const params = new URLSearchParams(this.#parts.search);
        bind(params, () => {
          const text = params.toString();
          this.#parts = JSON.parse(host("changeUrl", this.#parts.href, "search", text));
        });
        this.#params = params;
      }
      return this.#params;
    }
    toString() {
      return this.#parts.href;
    }
    toJSON() {
      return this.#parts.href;
    }
    get [Symbol.toStringTag]() {
      return "URL";
    }
  }
  const { change, part } = URL;
  delete URL.change;
  delete URL.part;
  for (const name of PARTS) {
    Object.defineProperty(URL.prototype, name, {
      get() {
        return part(this, name);
      },
      set(value) {
        if (UNCHANGEABLE.has(name)) notImplemented(`set ${name}`, "URL");
        change(this, name, value);
      },
      enumerable: true,
      configurable: true,
    });
  }

  return { URL, URLSearchParams };
});

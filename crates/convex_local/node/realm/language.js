// Features of a deployment's JavaScript that an older Node.js lacks. Nothing is replaced: with a Node.js that has all
// of them, this does nothing.
"use strict";
(function (hidden) {
  const add = (object, methods) => {
    for (const name of Object.keys(methods)) {
      if (!Object.hasOwn(object, name)) hidden(object, name, methods[name]);
    }
  };
  const called = (fn) => {
    if (typeof fn !== "function") throw new TypeError(`${String(fn)} is not a function`);
    return fn;
  };

  for (const name of ["dispose", "asyncDispose"]) {
    if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
  }

  add(Promise, {
    withResolvers() {
      let resolve, reject;
      const promise = new this((yes, no) => ((resolve = yes), (reject = no)));
      return { promise, resolve, reject };
    },
    try(work, ...args) {
      return new this((resolve) => resolve(work(...args)));
    },
  });

  add(Object, {
    groupBy(items, keyOf) {
      const groups = Object.create(null);
      let index = 0;
      for (const item of items) {
        const key = called(keyOf)(item, index++);
        const name = typeof key === "symbol" ? key : `${key}`;
        (groups[name] ??= []).push(item);
      }
      return groups;
    },
  });
  add(Map, {
    groupBy(items, keyOf) {
      const groups = new Map();
      let index = 0;
      for (const item of items) {
        const key = called(keyOf)(item, index++);
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(item);
      }
      return groups;
    },
  });
  const insert = {
    getOrInsert(key, value) {
      if (!this.has(key)) this.set(key, value);
      return this.get(key);
    },
    getOrInsertComputed(key, make) {
      if (!this.has(key)) this.set(key, called(make)(key));
      return this.get(key);
    },
  };
  add(Map.prototype, insert);
  add(WeakMap.prototype, insert);

  add(Array, {
    async fromAsync(items, map, thisArg) {
      const made = [];
      let index = 0;
      const isIterable = items[Symbol.asyncIterator] !== undefined || items[Symbol.iterator] !== undefined;
      for await (const item of isIterable ? items : Array.from(items)) {
        made.push(map === undefined ? item : await called(map).call(thisArg, item, index++));
      }
      return made;
    },
  });

  /** The keys of a set, or of an object with `size`, `has` and `keys`. */
  const keysOf = (other) => ({ [Symbol.iterator]: () => other.keys() });
  const every = (items, test) => {
    for (const item of items) if (!test(item)) return false;
    return true;
  };
  add(Set.prototype, {
    union(other) {
      const made = new Set(this);
      for (const item of keysOf(other)) made.add(item);
      return made;
    },
    intersection(other) {
      const made = new Set();
      for (const item of this) if (other.has(item)) made.add(item);
      return made;
    },
    difference(other) {
      const made = new Set();
      for (const item of this) if (!other.has(item)) made.add(item);
      return made;
    },
    symmetricDifference(other) {
      const made = new Set(this);
      for (const item of keysOf(other)) if (this.has(item)) made.delete(item); else made.add(item);
      return made;
    },
    isSubsetOf(other) {
      return this.size <= other.size && every(this, (item) => other.has(item));
    },
    isSupersetOf(other) {
      return this.size >= other.size && every(keysOf(other), (item) => this.has(item));
    },
    isDisjointFrom(other) {
      return every(this, (item) => !other.has(item));
    },
  });

  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  if (globalThis.Iterator === undefined) {
    function Iterator() {
      if (new.target === undefined || new.target === Iterator) throw new TypeError("Abstract class Iterator");
    }
    Object.defineProperty(Iterator, "prototype", { value: iterators, writable: false });
    hidden(globalThis, "Iterator", Iterator);
    hidden(iterators, "constructor", Iterator);
    hidden(iterators, Symbol.toStringTag, "Iterator");
  }
  const counted = (limit) => {
    const count = Math.trunc(Number(limit));
    if (!(count >= 0)) throw new RangeError(`${limit} must be positive`);
    return count;
  };
  /** The items of an iterator, which may have only `next`. */
  function* steps(iterator) {
    const { next } = iterator;
    let ended = false;
    try {
      for (;;) {
        const { value, done } = next.call(iterator);
        if (done) {
          ended = true;
          return;
        }
        yield value;
      }
    } finally {
      if (!ended) iterator.return?.();
    }
  }
  const lazily = {
    *map(items, fn) {
      let index = 0;
      for (const item of items) yield fn(item, index++);
    },
    *filter(items, fn) {
      let index = 0;
      for (const item of items) if (fn(item, index++)) yield item;
    },
    *flatMap(items, fn) {
      let index = 0;
      for (const item of items) yield* fn(item, index++);
    },
    *take(items, count) {
      if (count === 0) return;
      let taken = 0;
      for (const item of items) {
        yield item;
        if (++taken >= count) return;
      }
    },
    *drop(items, count) {
      let dropped = 0;
      for (const item of items) if (dropped++ >= count) yield item;
    },
  };
  add(iterators, {
    map(fn) {
      return lazily.map(steps(this), called(fn));
    },
    filter(fn) {
      return lazily.filter(steps(this), called(fn));
    },
    flatMap(fn) {
      return lazily.flatMap(steps(this), called(fn));
    },
    take(limit) {
      return lazily.take(steps(this), counted(limit));
    },
    drop(limit) {
      return lazily.drop(steps(this), counted(limit));
    },
    toArray() {
      return [...steps(this)];
    },
    forEach(fn) {
      called(fn);
      let index = 0;
      for (const item of steps(this)) fn(item, index++);
    },
    some(fn) {
      let index = 0;
      return !every(steps(this), (item) => !called(fn)(item, index++));
    },
    every(fn) {
      let index = 0;
      return every(steps(this), (item) => called(fn)(item, index++));
    },
    find(fn) {
      let index = 0;
      for (const item of steps(this)) if (called(fn)(item, index++)) return item;
    },
    reduce(fn, ...start) {
      return [...steps(this)].reduce(called(fn), ...start);
    },
  });
  add(globalThis.Iterator, {
    from(items) {
      return steps(items[Symbol.iterator]?.() ?? items);
    },
  });

  add(Error, { isError: (value) => Object.prototype.toString.call(value) === "[object Error]" });
  add(RegExp, {
    escape(text) {
      if (typeof text !== "string") throw new TypeError("RegExp.escape() takes a string");
      const code = (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`;
      return text
        .replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&")
        .replace(/[,\-=<>#&!%:;@~'`"\s]/g, (letter) => (letter.charCodeAt(0) < 256 ? code(letter) : letter))
        .replace(/^[0-9a-zA-Z]/, code);
    },
  });
});

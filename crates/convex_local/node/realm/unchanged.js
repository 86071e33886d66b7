// The comparison of a realm with how it was made. It looks at the objects that the language brings along: the names
// of their properties, their values, getters and setters, and their prototypes.
//
// Functions that are nobody's constructor are frozen instead of compared, so nothing can be kept in them.
"use strict";
(function (global) {
  const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
  const { freeze, hasOwn, is } = Object;

  /** Prototypes that no global leads to. */
  const hidden = [
    async () => {}, function* () {}, async function* () {}, (function* () {})(), (async function* () {})(),
    [][Symbol.iterator](), new Map()[Symbol.iterator](), new Set()[Symbol.iterator](), ""[Symbol.iterator](),
    "".matchAll(/a/g),
  ].map(getPrototypeOf);

  const seen = new Set();
  const watched = [];

  function visit(object) {
    if (object === null || (typeof object !== "object" && typeof object !== "function")) return;
    if (seen.has(object)) return;
    seen.add(object);
    const keys = ownKeys(object);
    if (typeof object === "function" && !hasOwn(object, "prototype") && keys.length <= 2) {
      freeze(object);
      return;
    }
    const descriptors = keys.map((key) => getOwnPropertyDescriptor(object, key));
    watched.push({ object, keys, descriptors, prototype: getPrototypeOf(object) });
    for (const { value, get, set } of descriptors) [value, get, set].forEach(visit);
    visit(getPrototypeOf(object));
  }

  visit(global);
  hidden.forEach(visit);

  const same = (now, then) =>
    now !== undefined && is(now.value, then.value) && now.get === then.get && now.set === then.set;

  return () =>
    watched.every(
      ({ object, keys, descriptors, prototype }) =>
        getPrototypeOf(object) === prototype &&
        ownKeys(object).length === keys.length &&
        keys.every((key, at) => same(getOwnPropertyDescriptor(object, key), descriptors[at])),
    );
});

// The comparison of a realm with its initial state. It looks at JavaScript's own objects: whether they can be
// extended, their prototypes, and their properties with all attributes.
//
// Functions that are no constructors are frozen instead of compared, so that nothing can be stored in them.
"use strict";
(function (global) {
  const { getOwnPropertyDescriptor, getPrototypeOf, isExtensible, ownKeys } = Reflect;
  const { freeze, hasOwn, is } = Object;

  /** Prototypes that are not reachable from a global. */
  const hidden = [
    async () => {}, function* () {}, async function* () {}, (function* () {})(), (async function* () {})(),
    [][Symbol.iterator](), new Map()[Symbol.iterator](), new Set()[Symbol.iterator](), ""[Symbol.iterator](),
    "".matchAll(/a/g), new Intl.Segmenter().segment(""), new Intl.Segmenter().segment("")[Symbol.iterator](),
    ...(typeof Iterator === "function" ? [Iterator.from({ next() {} }), [].values().map(() => {})] : []),
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
    watched.push({ object, keys, descriptors, prototype: getPrototypeOf(object), extensible: isExtensible(object) });
    for (const { value, get, set } of descriptors) [value, get, set].forEach(visit);
    visit(getPrototypeOf(object));
  }

  visit(global);
  hidden.forEach(visit);

  const same = (now, then) =>
    now !== undefined && is(now.value, then.value) && now.get === then.get && now.set === then.set &&
    now.writable === then.writable && now.enumerable === then.enumerable && now.configurable === then.configurable;

  // Plain loops, because the methods of arrays may have been changed.
  return () => {
    for (let i = 0; i < watched.length; i++) {
      const { object, keys, descriptors, prototype, extensible } = watched[i];
      if (getPrototypeOf(object) !== prototype || isExtensible(object) !== extensible) return false;
      if (ownKeys(object).length !== keys.length) return false;
      for (let at = 0; at < keys.length; at++) {
        if (!same(getOwnPropertyDescriptor(object, keys[at]), descriptors[at])) return false;
      }
    }
    return true;
  };
});

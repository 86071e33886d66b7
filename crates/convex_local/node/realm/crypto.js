// Web Crypto, computed by the process, which keeps the keys; in a realm a key is a number.
"use strict";
(function ({ host, later, bytesOf, forbid, isCalled, notImplemented, use }) {
  const secret = Symbol("secret");

  class CryptoKey {
    #id;
    #parts;
    constructor(given, id, parts) {
      if (given !== secret) throw new TypeError("Illegal constructor");
      this.#id = id;
      this.#parts = parts;
    }
    get type() {
      return this.#parts.type;
    }
    get extractable() {
      return this.#parts.extractable;
    }
    get algorithm() {
      return this.#parts.algorithm;
    }
    get usages() {
      return [...this.#parts.usages];
    }
    static id(value) {
      return #id in value ? value.#id : undefined;
    }
    get [Symbol.toStringTag]() {
      return "CryptoKey";
    }
  }
  const idOf = CryptoKey.id;
  delete CryptoKey.id;

  /** Converts arguments to the form that the process takes: plain data, bytes, and keys as numbers. */
  function outward(value) {
    if (typeof value !== "object" || value === null) return value;
    const id = idOf(value);
    if (id !== undefined) return { key: id };
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { bytes: bytesOf(value).slice() };
    if (Array.isArray(value)) return { list: value.map(outward) };
    const fields = Object.entries(value).map(([name, item]) => [name, outward(item)]);
    return { fields };
  }

  function keyOf({ id, ...parts }) {
    const { algorithm } = parts;
    if (Array.isArray(algorithm.publicExponent)) {
      algorithm.publicExponent = new Uint8Array(algorithm.publicExponent);
    }
    return new CryptoKey(secret, id, parts);
  }

  async function run(method, args) {
    const answer = await later("subtle", method, outward(args));
    if (typeof answer !== "string") return answer.buffer;
    const { kind, value } = JSON.parse(answer);
    if (kind === "key") return keyOf(value);
    if (kind === "pair") return { publicKey: keyOf(value.publicKey), privateKey: keyOf(value.privateKey) };
    return value;
  }

  /** New keys, and padding or signatures with random numbers, are for actions only. */
  function forbidRandomness(method, [algorithm]) {
    const name = nameOf(algorithm);
    const draws =
      method === "generateKey" ||
      (method === "encrypt" && name === "RSA-OAEP") ||
      (method === "sign" && (name === "ECDSA" || name === "RSA-PSS"));
    if (!draws) return;
    if (!isCalled()) throw new Error("Cannot use cryptographic randomness at import time");
    forbid("cryptographic randomness");
  }

  class SubtleCrypto {
    constructor(given) {
      if (given !== secret) throw new TypeError("Illegal constructor");
    }
    get [Symbol.toStringTag]() {
      return "SubtleCrypto";
    }
  }
  const nameOf = (algorithm) =>
    `${typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm}`.toUpperCase();

  /** Refuses what Convex's runtime knows and does not implement. */
  function forbidUnknown(method, args) {
    if (method === "wrapKey" || method === "unwrapKey") notImplemented(method, "SubtleCrypto");
    const asked = { generateKey: [args[0]], importKey: [args[2]], deriveKey: [args[0], args[2]], deriveBits: [args[0]] };
    for (const algorithm of asked[method] ?? []) {
      const name = nameOf(algorithm);
      if (name === "AES-KW" || (name === "X25519" && method.startsWith("derive"))) {
        notImplemented(`crypto.subtle.${method}`, name);
      }
    }
  }

  const METHODS = ["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "exportKey", "generateKey",
    "importKey", "sign", "unwrapKey", "verify", "wrapKey"];
  for (const method of METHODS) {
    const call = async (...args) => {
      forbidUnknown(method, args);
      forbidRandomness(method, args);
      try {
        return await run(method, args);
      } catch (error) {
        // The process puts the names of errors that JavaScript does not have before the message.
        const named = /^\[(\w+)\] ([^]*)$/.exec(error.message);
        throw named === null ? error : new (use("events").DOMException)(named[2], named[1]);
      }
    };
    Object.defineProperty(call, "name", { value: method });
    Object.defineProperty(SubtleCrypto.prototype, method, { value: call, writable: true, configurable: true });
  }

  class Crypto {
    #subtle = new SubtleCrypto(secret);
    constructor(given) {
      if (given !== secret) throw new TypeError("Illegal constructor");
    }
    get subtle() {
      return this.#subtle;
    }
    getRandomValues(view) {
      if (!ArrayBuffer.isView(view) || view instanceof DataView || /^Float/.test(view[Symbol.toStringTag])) {
        throw new (use("events").DOMException)("The data argument must be an integer-type TypedArray", "TypeMismatchError");
      }
      if (view.byteLength > 65536) {
        const text = `The requested length exceeds 65,536 bytes`;
        throw new (use("events").DOMException)(text, "QuotaExceededError");
      }
      host("randomBytes", bytesOf(view));
      return view;
    }
    randomUUID() {
      return host("uuid");
    }
    get [Symbol.toStringTag]() {
      return "Crypto";
    }
  }

  return { crypto: new Crypto(secret), Crypto, CryptoKey, SubtleCrypto };
});

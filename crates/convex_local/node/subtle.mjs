// Web Crypto for realms. Keys stay in the process, and realms hold numbers for them.
import { webcrypto } from "node:crypto";
import { types } from "node:util";

const { CryptoKey } = globalThis;
const LANGUAGE_ERRORS = new Set(["TypeError", "RangeError", "SyntaxError", "Error"]);

/** Runs a method of `crypto.subtle`; returns bytes, or JSON of `{ kind, value }`. */
export async function subtle(realm, method, args) {
  realm.keys ??= [];
  let answer;
  try {
    answer = await webcrypto.subtle[method](...inward(realm.keys, args));
  } catch (error) {
    if (LANGUAGE_ERRORS.has(error.name)) throw error;
    throw new Error(`[${error.name}] ${error.message}`);
  }
  if (types.isAnyArrayBuffer(answer)) return new Uint8Array(answer);
  return JSON.stringify(describe(realm.keys, answer));
}

/** See `outward` in `realm/crypto.js`. */
function inward(keys, value) {
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.key === "number") return keys[value.key];
  if (value.bytes !== undefined) return Uint8Array.from(value.bytes);
  if (value.list !== undefined) return Array.from(value.list, (item) => inward(keys, item));
  return Object.fromEntries(Array.from(value.fields, ([name, item]) => [name, inward(keys, item)]));
}

function describe(keys, answer) {
  if (answer instanceof CryptoKey) return { kind: "key", value: keyOf(keys, answer) };
  if (answer?.publicKey instanceof CryptoKey) {
    const { publicKey, privateKey } = answer;
    return { kind: "pair", value: { publicKey: keyOf(keys, publicKey), privateKey: keyOf(keys, privateKey) } };
  }
  return { kind: "json", value: answer };
}

function keyOf(keys, key) {
  const algorithm = { ...key.algorithm };
  if (algorithm.publicExponent !== undefined) algorithm.publicExponent = [...algorithm.publicExponent];
  const id = keys.push(key) - 1;
  return { id, type: key.type, extractable: key.extractable, usages: key.usages, algorithm };
}

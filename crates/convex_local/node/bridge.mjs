// The functions of the process that a realm may call. Only strings, numbers and bytes go into a realm, never an
// object of Node.js. `realm/core.js` is the other side.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomFillSync, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import * as calls from "./calls.mjs";
import * as channel from "./channel.mjs";
import * as fetching from "./fetching.mjs";
import { getBlob, readBlob, storeBlob } from "./storage.mjs";
import { subtle } from "./subtle.mjs";
import { enter, loaded } from "./turns.mjs";
import * as text from "./text.mjs";

/** The state of AsyncLocalStorage in realms: the realm and its own map. */
const contexts = new AsyncLocalStorage();
const realNow = Date.now.bind(Date);
/** The time of the clock while modules are loaded: the same in all realms of a process. */
const LOADED_AT = realNow();

/** The two functions of a realm. */
export function bridgeTo(realm) {
  const ask = (op, a, b, c) => {
    const answer = NOW[op];
    if (answer === undefined) throw new Error(`${op} is not available in convex-local`);
    return answer(realm, a, b, c);
  };
  const begin = (sequence, op, a, b, c) => {
    const { scope } = realm;
    const settle = (ok, value) => {
      if (scope === realm.scope) enter(scope, () => realm.inside.settle(sequence, ok, value));
    };
    LATER[op](realm, a, b, c).then(
      (value) => settle(true, value),
      (error) => settle(false, JSON.stringify(plain(error))),
    );
  };
  return { ask, begin };
}

function plain(error) {
  const { name, message, data } = error;
  return { name, message, data };
}

/** Bytes of the process as bytes of the realm. */
function inward(realm, bytes) {
  const copy = new realm.intrinsics.Uint8Array(bytes.length);
  Uint8Array.prototype.set.call(copy, bytes);
  return copy;
}

const NOW = {
  platform: (realm, name) => realm.platform(name),
  chunk: (realm, name) => realm.chunk(name),
  now: () => realNow(),
  loadedAt: () => LOADED_AT,
  loaded: () => loaded(),
  readClock: ({ scope }) => void (scope && channel.send(`W ${scope.id}`)),
  clock: () => performance.now(),
  timeOrigin: () => performance.timeOrigin,
  // Without custom inspection: an object's own inspect function would receive functions of the process.
  inspect: (_, value) => inspect(value, { customInspect: false, depth: 5, maxStringLength: 32768 }),
  log: (realm, level, line) => calls.log(realm.scope, level, line),
  syscall: (realm, op, args) => calls.syscall(realm.scope, op, args),
  result: (realm, json) => calls.end(realm.scope, `${json}`),
  failure: (realm, error) => calls.fail(realm.scope, error),
  refusal: (realm, error) => calls.failForGood(realm.scope, error),
  head: (realm, json) => channel.send(`H ${realm.scope.id} ${json}`),
  timer: (realm, delay, repeats) => {
    const { scope } = realm;
    const id = scope.nextTimer++;
    const fire = () => {
      if (!repeats) scope.timers.delete(id);
      enter(scope, () => realm.inside.fire(id));
    };
    scope.timers.set(id, repeats ? setInterval(fire, delay) : setTimeout(fire, delay));
    return id;
  },
  clearTimer: ({ scope }, id) => {
    clearTimeout(scope.timers.get(id));
    scope.timers.delete(id);
  },
  context: (realm) => {
    const held = contexts.getStore();
    return held?.life === realm.life ? held.map : undefined;
  },
  enterContext: (realm, map) => contexts.enterWith(map === undefined ? undefined : { life: realm.life, map }),
  randomBytes: (_, bytes) => void randomFillSync(bytes),
  uuid: () => randomUUID(),
  url: (_, url, base) => text.url(url, base),
  changeUrl: (_, href, name, value) => text.changeUrl(href, name, value),
  decodeForm: (_, encoded) => text.decodeForm(encoded),
  encode: (realm, given) => inward(realm, text.encode(given)),
  encodingOf: (_, label) => text.encodingOf(label),
  decode: (_, bytes, encoding, flags) => text.decode(bytes, encoding, flags),
  decoder: (realm, encoding, flags) => {
    realm.decoders ??= [];
    return realm.decoders.push(text.decoder(encoding, flags)) - 1;
  },
  decodeNext: (realm, id, bytes, stream) => realm.decoders[id].decode(bytes, { stream }),
  atob: (_, given) => text.fromBase64(given),
  btoa: (_, given) => text.toBase64(given),
  fetchId: ({ scope }) => fetching.begin(scope),
  stopFetch: ({ scope }, id) => fetching.stop(scope, id),
};

const LATER = {
  syscall: ({ scope }, op, args) => scope.convex.asyncSyscall(op, args),
  body: ({ scope }, bytes) => calls.sendBody(scope, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  fetch: ({ scope }, id, head, bytes) => fetching.fetchFor(scope, id, JSON.parse(head), bytes),
  fetchChunk: async (realm, id) => {
    const chunk = await fetching.chunkOf(realm.scope, id);
    return chunk === null ? null : inward(realm, chunk);
  },
  storeBlob: ({ scope }, bytes, type, sha256) => storeBlob(bytes, type, sha256, scope.ask),
  findBlob: async ({ scope }, storageId) => {
    const found = await getBlob(storageId, scope.ask);
    if (found === null) return "null";
    // A realm gets a number: with a path, its code could read any file.
    const file = scope.files.push(found.path) - 1;
    return JSON.stringify({ file, contentType: found.contentType });
  },
  readBlob: async (realm, file) => {
    const bytes = await readBlob(realm.scope.files[file]);
    return bytes === null ? null : inward(realm, bytes);
  },
  subtle: async (realm, method, args) => {
    const answer = await subtle(realm, method, args);
    return typeof answer === "string" ? answer : inward(realm, answer);
  },
};

// Realms: the contexts that queries, mutations and V8 actions run in, one call at a time. Unless a module has
// opted in to keeping its realm, no module state, changed global or memoised value gets into the next call.
// Nothing of Node.js is in reach.
//
// A context is expensive: a third of a millisecond, as much again for garbage collection, and the time to load the
// modules. So some are made ahead while the process is idle: empty ones, and ones with recently called modules
// loaded. A realm also serves another call, after its modules and the platform have been made again, but only if
// `realm/unchanged.js` finds JavaScript's own objects unchanged and nothing of the last call is still running.
import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { bridgeTo } from "./bridge.mjs";
import { SCRIPTS } from "./errors.mjs";

const FOLDER = new URL("./realm/", import.meta.url);
/** How many empty realms are made ahead, and how many are kept. */
const EMPTY = 8;
const EMPTY_KEPT = 32;
/** How many realms are made ahead that have loaded a module: of one module, and of all. */
const WARM_EACH = 4;
const WARM_ALL = 24;
/** How many realms a module keeps that has opted in, and how long those above `WARM_EACH` wait for calls. */
const USED_EACH = 16;
const USED_FOR = 30_000;
/** The most calls that one realm runs. */
const USES = 1000;
/** After so many changed realms in a row, the realms of the module's later calls are dropped without a check. */
const CHANGED = 3;

/** Node.js 20.18 and 22.8 have contexts whose globals are plain properties; they are quicker. */
const GLOBAL = () => vm.constants?.DONT_CONTEXTIFY ?? {};

const platform = new Map();

/** A script of `realm/`, compiled once. */
function platformScript(name) {
  if (!platform.has(name)) {
    const file = new URL(`${name}.js`, FOLDER);
    platform.set(name, new vm.Script(fs.readFileSync(file, "utf8"), { filename: `realm:${name}` }));
  }
  return platform.get(name);
}

/** The scripts of one definition's bundle, each compiled once. */
export class Bundle {
  constructor(dir) {
    this.dir = dir;
    this.scripts = new Map();
  }

  script(chunk) {
    if (!this.scripts.has(chunk)) this.scripts.set(chunk, this.compile(chunk));
    return this.scripts.get(chunk);
  }

  compile(chunk) {
    const file = path.join(this.dir, chunk);
    const head = "(function (exports, require, module) {";
    const code = `${head}${fs.readFileSync(file, "utf8")}\n})`;
    // The compiled code contains the file name, and the next build may take it over.
    const filename = path.join(SCRIPTS, path.basename(this.dir), chunk);
    let cachedData;
    try {
      cachedData = fs.readFileSync(`${file}.cache`);
    } catch {
      // Not kept yet.
    }
    const script = new vm.Script(code, { filename, columnOffset: -head.length, cachedData });
    script.isKept = cachedData !== undefined && !script.cachedDataRejected;
    return script;
  }

  /** Keeps the engine's compiled code, so that the next process need not compile. */
  keep() {
    for (const [chunk, script] of this.scripts) {
      if (script.isKept) continue;
      const file = path.join(this.dir, `${chunk}.cache`);
      // Several processes may write at once.
      const temporary = `${file}.${process.pid}`;
      fs.writeFileSync(temporary, script.createCachedData());
      fs.renameSync(temporary, file);
      script.isKept = true;
    }
  }
}

/** One context. */
export class Realm {
  constructor() {
    /** The call that it runs. */
    this.scope = undefined;
    this.bundle = undefined;
    /** The calls that it has run. */
    this.uses = 0;
    /** Distinguishes this use of the realm from earlier ones. */
    this.life = {};
    const context = vm.createContext(GLOBAL());
    this.context = context;
    const { ask, begin } = bridgeTo(this);
    this.inside = platformScript("core").runInContext(context)(ask, begin);
    this.intrinsics = this.inside.intrinsics;
  }

  /** Makes it a realm of a component, with its code and environment. */
  belong(bundle, environment) {
    this.bundle = bundle;
    this.inside.installEnvironment(environment);
  }

  /** Returns a function of the platform or of the bundle. */
  platform(name) {
    return platformScript(name).runInContext(this.context);
  }

  chunk(name) {
    return this.bundle.script(name).runInContext(this.context);
  }

  /** Resets the realm; returns whether that is possible. */
  renew() {
    this.life = {};
    this.decoders = undefined;
    this.keys = undefined;
    this.bundle = undefined;
    return this.inside.renew();
  }

  /** Passes a chunk of an HTTP request's body to the call. */
  takeChunk(buffer) {
    const bytes = new this.intrinsics.Uint8Array(buffer.length);
    Uint8Array.prototype.set.call(bytes, buffer);
    this.inside.chunk(bytes);
  }

  /** The exports of a module. Their objects belong to the realm. */
  load(module) {
    return this.inside.load(`${module}.js`);
  }
}

/** The stock of realms. */
export class Stock {
  constructor() {
    this.empty = [];
    /** By component and module: realms that are ready, and how to make more. */
    this.warm = new Map();
    this.planned = false;
    this.isIdle = () => true;
  }

  /** A realm for a call to `module` of a component, which may keep it afterwards if it `reuses` them. */
  take(component, module, reuses) {
    const key = `${component.path}:${module}`;
    let entry = this.warm.get(key);
    if (entry === undefined) {
      entry = { component, module, ready: [], used: [], wanted: 0, changed: 0 };
    } else {
      this.warm.delete(key);
    }
    // The last one is the most recently used.
    this.warm.set(key, entry);
    entry.wanted = Math.min(entry.wanted + 1, WARM_EACH);
    this.plan();
    const realm = (reuses ? entry.used.pop() : undefined) ?? entry.ready.pop() ?? this.fresh(component, !reuses && entry.changed < CHANGED);
    realm.entry = entry;
    return realm;
  }

  /** Takes a realm back after its call; `reuses` tells whether its module has opted in to keeping it. */
  giveBack(realm, reuses) {
    realm.uses++;
    // Code of the call that can run without waiting runs before.
    setImmediate(() => {
      if (realm.uses < USES) this.keep(realm, reuses);
      this.plan();
    });
  }

  keep(realm, reuses) {
    const { entry } = realm;
    if (reuses) {
      if (!realm.inside.reset() || entry.used.length >= USED_EACH) return;
      entry.used.push(realm);
      this.trimLater();
    } else if (this.empty.length < EMPTY_KEPT && entry.changed < CHANGED) {
      if (realm.renew()) {
        entry.changed = 0;
        this.empty.push(realm);
      } else {
        entry.changed++;
      }
    }
  }

  /** Drops realms that only many calls at once needed. */
  trimLater() {
    this.trimming ??= setTimeout(() => {
      this.trimming = undefined;
      for (const entry of this.warm.values()) entry.used.splice(WARM_EACH);
    }, USED_FOR).unref();
  }

  /** An empty realm for a component; `renewable` if it may serve another call, which takes a few milliseconds to prepare. */
  fresh(component, renewable) {
    const realm = this.empty.pop() ?? (renewable ? this.make() : new Realm());
    realm.belong(component.bundle, component.environment);
    return realm;
  }

  make() {
    const realm = new Realm();
    realm.inside.remember();
    return realm;
  }

  /** Makes realms while the process is idle, one at a time. */
  plan() {
    if (this.planned) return;
    this.planned = true;
    setImmediate(() => {
      this.planned = false;
      if (!this.isIdle()) {
        // The end of the next call tries again.
        return;
      }
      if (this.makeOne()) this.plan();
    });
  }

  makeOne() {
    for (const entry of [...this.warm.values()].reverse()) {
      if (entry.used.length > 0 || entry.ready.length >= entry.wanted) continue;
      this.makeRoom();
      const realm = this.fresh(entry.component, true);
      try {
        realm.load(entry.module);
      } catch {
        // The call that needs it will report the error.
        entry.wanted = 0;
        return true;
      }
      entry.ready.push(realm);
      return true;
    }
    if (this.empty.length >= EMPTY) return false;
    this.empty.push(this.make());
    return true;
  }

  /** Drops realms of the least recently called modules. */
  makeRoom() {
    let count = 0;
    for (const entry of [...this.warm.values()].reverse()) {
      count += entry.ready.length;
      if (count < WARM_ALL) continue;
      entry.wanted = 0;
      entry.ready = [];
    }
  }
}

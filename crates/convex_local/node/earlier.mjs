// The reusable parts of the last kept build. A change bundles again only what it touches, and the rest is linked into
// the new build.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { modulesOf, sourceFile } from "./entries.mjs";

/** How much a file's modification time may lie before the change: the system's clock for files is coarse. */
const COARSE = 20;
/** For how many environments the descriptions of modules are kept. */
const ENVIRONMENTS = 3;
/** The part of a definition's files that counts as much. */
const MUCH = 0.5;

/** The prefix of files with the descriptions of a definition's modules, see `load.mjs`. */
export const ANALYSIS = "analysis-";

/** A kept build: its plan, the inputs of each definition, and the state of the files. */
export class Earlier {
  constructor({ plan, made, marks }, seesTheSame) {
    this.plan = plan;
    /** Whether definitions that read the environment see the same values as before. */
    this.seesTheSame = seesTheSame;
    this.made = made;
    this.marks = marks;
    this.looked = new Map();
  }

  /** Whether nothing at all has changed. */
  holds() {
    const { definitions, inputs } = this.plan;
    const lists = (definition) => this.modulesOf(definition).every(({ now, before }) => now && before);
    return this.seesTheSame && this.resolvesTheSame() && this.same(inputs) && definitions.every(lists);
  }

  /** Whether imports resolve as before, as far as the files that decide it are the same. */
  resolvesTheSame() {
    return this.same(this.plan.deciding);
  }

  /** The definition at `path`, if there was one. */
  find(path) {
    const definition = this.plan.definitions.find((candidate) => candidate.path === path);
    return definition && new EarlierDefinition(this, definition, this.made[path]);
  }

  /** Whether all files are unchanged. */
  same(files) {
    return files.every((file) => {
      if (!this.looked.has(file)) this.looked.set(file, isAsMarked(file, this.marks[file]));
      return this.looked.get(file);
    });
  }

  /** The names by which new modules may be imported. */
  arrived() {
    const isNew = ({ before }) => !before;
    this.arrivals ??= new Set(
      this.plan.definitions.flatMap((definition) =>
        this.modulesOf(definition).filter(isNew).flatMap(({ file }) => namesOf(file)),
      ),
    );
    return this.arrivals;
  }

  /** The modules that a definition has now or had before. */
  modulesOf({ dir, path: key, index }) {
    const { plain, node } = this.made[key];
    const entries = { ...plain.entries, ...node.entries };
    const before = new Set([key, ...Object.values(entries).map(({ file }) => file)]);
    const others = index === 0 ? ["schema", "auth.config", "convex.config"] : ["schema"];
    const found = others.map((name) => sourceFile(dir, name)).filter((file) => file !== undefined);
    // A component may be gone with its folder.
    const modules = fs.existsSync(dir) ? modulesOf(dir) : [];
    const now = new Set([key, ...found, ...modules.map(({ file }) => file)]);
    const all = new Set([...before, ...now]);
    return [...all].map((file) => ({ file, now: now.has(file), before: before.has(file) }));
  }
}

/** A definition of a kept build. */
class EarlierDefinition {
  constructor(earlier, definition, made) {
    this.earlier = earlier;
    this.definition = definition;
    this.made = made;
    this.dir = path.join(earlier.plan.outDir, String(definition.index));
  }

  /** The files with the descriptions of its modules, one for each environment. */
  analyses() {
    if (!fs.existsSync(this.dir)) return [];
    const names = fs.readdirSync(this.dir).filter((name) => name.startsWith(ANALYSIS) && name.endsWith(".json"));
    const age = (name) => fs.statSync(path.join(this.dir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return names.sort((a, b) => age(b) - age(a)).slice(0, ENVIRONMENTS);
  }

  /** Whether evaluating it would give the same result, if that holds for its children. */
  keepsConfig() {
    return this.earlier.seesTheSame && this.earlier.same(this.made.configInputs);
  }

  /** Whether bundling a module would give the same result. */
  keeps(half, { file, module }) {
    const { entries, imports } = this.made[half];
    const entry = entries[module];
    if (entry?.file !== file) return false;
    const files = reached(imports, entry.from).filter((name) => !isVirtual(name));
    // An import may now resolve to a new file.
    const arrived = this.earlier.arrived();
    return this.earlier.same(files) && !files.some((file) => namesOf(file).some((name) => arrived.has(name)));
  }

  /** Whether these modules are made from many of the definition's files. */
  isMuch(modules) {
    const { entries, imports } = this.made.plain;
    const from = modules.flatMap(({ module }) => entries[module]?.from ?? []);
    const files = new Set(from.flatMap((file) => reached(imports, file)));
    return files.size > MUCH * Object.keys(imports).length;
  }
}

/** Everything that is reachable from `first`, itself included. */
export function reached(links, first) {
  const found = new Set([first]);
  for (const name of found) for (const next of links[name] ?? []) found.add(next);
  return [...found];
}

/** Whether one of our plugins has made it from its imports. */
export function isVirtual(name) {
  return /^[a-z-]+:/.test(name);
}

/** The files among the importers and imports. */
export function filesIn(imports) {
  return Object.keys(imports).filter((name) => !isVirtual(name));
}

/** The names by which a file may be imported. */
function namesOf(file) {
  const { dir, name } = path.parse(file);
  return name === "index" ? [path.join(dir, name), dir] : [path.join(dir, name)];
}

/**
 * By file: its fingerprint. Files that changed since `start` have none, because they may have been read before. With
 * `before`, files that it knows are not read again.
 */
export function marksOf(files, start, before = {}) {
  return Object.fromEntries(files.map((file) => [file, markOf(file, start, before[file])]));
}

function markOf(file, start, before) {
  const stat = look(file);
  if (stat === undefined) return { stamp: "", hash: hashFile(file) };
  if (stat.ctimeMs >= BigInt(start - COARSE)) return null;
  const stamp = stampOf(stat);
  return before?.stamp === stamp ? before : { stamp, hash: hashFile(file) };
}

function isAsMarked(file, mark) {
  if (mark === null || mark === undefined) return false;
  const stat = look(file);
  return (stat !== undefined && stampOf(stat) === mark.stamp) || hashFile(file) === mark.hash;
}

function look(file) {
  return fs.statSync(file, { bigint: true, throwIfNoEntry: false });
}

/** Changes with each write, even if the file's modification time is set by hand. */
function stampOf({ ctimeNs, ino, size }) {
  return `${ctimeNs} ${ino} ${size}`;
}

/** The hash of a file's content, or "absent". */
function hashFile(file) {
  try {
    return digest(fs.readFileSync(file));
  } catch {
    return "absent";
  }
}

export function digest(data) {
  return createHash("sha256").update(data).digest("hex");
}

/** Puts a file of an earlier build into another folder under the same name; returns whether it exists. */
export function link(name, from, to) {
  const [source, target] = [path.join(from, name), path.join(to, name)];
  if (!fs.existsSync(source)) return false;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  try {
    fs.linkSync(source, target);
  } catch {
    // Not every file system has links.
    fs.copyFileSync(source, target);
  }
  return true;
}

/** Writes a file that others may read at the same time. */
export function writeAtomically(file, text) {
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
}

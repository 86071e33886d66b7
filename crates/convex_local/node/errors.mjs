// Errors as Convex words them: "Uncaught Error: boom" and a stack in terms of the sources.
import fs from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const FRAME = /^\s*at (?:(.*?) \()?((?:file:\/\/)?\/[^\s()]+?):(\d+):(\d+)\)?$/;
const LIBRARY_GLUE = /node_modules\/convex\/(src|dist\/[a-z]+)\/server\/impl\//;
const maps = new Map();

/** The path that scripts of a bundle report, whatever the build's folder is. */
export const SCRIPTS = "/convex-bundle/";

/** Translates stacks of modules under `outDir`, naming sources relative to `convexDir`. */
export class ErrorReporter {
  constructor(convexDir, outDir) {
    this.convexDir = convexDir;
    this.outDir = outDir;
  }

  /** `{ message, data? }` for Rust; `data` is the JSON text of a ConvexError's data. */
  describe(thrown) {
    const headline = `Uncaught ${headlineOf(thrown)}`;
    const frames = this.frames(thrown);
    const message = frames.length === 0 ? headline : `${headline}\n${frames.join("\n")}`;
    const isConvexError =
      typeof thrown === "object" && thrown !== null && Symbol.for("ConvexError") in thrown;
    if (!isConvexError || typeof thrown.data !== "string") return { message };
    return { message, data: JSON.parse(thrown.data) };
  }

  frames(thrown) {
    const stack = typeof thrown?.stack === "string" ? thrown.stack : "";
    const frames = [];
    for (const line of stack.split("\n")) {
      const match = FRAME.exec(line);
      if (match === null) continue;
      const frame = this.translate(match);
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  translate([, name, location, line, column]) {
    const file = location.startsWith(SCRIPTS)
      ? path.join(this.outDir, location.slice(SCRIPTS.length))
      : location.startsWith("file:") ? fileURLToPath(location) : location;
    if (!file.startsWith(this.outDir)) return undefined;
    const map = mapOf(file);
    const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry?.originalSource === undefined) return undefined;
    const source = path.resolve(path.dirname(file), entry.originalSource);
    if (LIBRARY_GLUE.test(source)) return undefined;
    const shown = path.join("..", path.relative(path.dirname(this.convexDir), source));
    const position = `${shown}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return `    at ${name ?? "<anonymous>"} (${position})`;
  }
}

function headlineOf(thrown) {
  if (thrown instanceof Error || typeof thrown?.message === "string") {
    const message = String(thrown.message ?? "");
    const name = thrown.name === undefined ? "Error" : String(thrown.name);
    return name === "" || message === "" ? `${name}${message}` : `${name}: ${message}`;
  }
  try {
    return typeof thrown === "string" ? thrown : JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown);
  }
}

function mapOf(file) {
  if (!maps.has(file)) {
    let map;
    try {
      map = new SourceMap(JSON.parse(fs.readFileSync(`${file}.map`, "utf8")));
    } catch {
      map = undefined;
    }
    maps.set(file, map);
  }
  return maps.get(file);
}

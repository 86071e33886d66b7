// Blobs, files and forms.
"use strict";
(function ({ bytesOf, notImplemented, use }) {
  const normal = (type) => (/[^\x20-\x7e]/.test(type) ? "" : type.toLowerCase());

  class Blob {
    #bytes;
    #type;
    constructor(parts = [], options = {}) {
      if (typeof parts !== "object" || parts === null || typeof parts[Symbol.iterator] !== "function") {
        throw new TypeError("The parts of a Blob must be a sequence");
      }
      const pieces = [...parts].map((part) => {
        if (part instanceof Blob) return part.#bytes;
        if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return bytesOf(part);
        if (typeof part !== "string") {
          const more = "Only ArrayBuffer, Blob and string supported";
          notImplemented("constructor with unsupported Blob part", "Blob", more);
        }
        return new (use("encoding").TextEncoder)().encode(part);
      });
      this.#bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        this.#bytes.set(piece, at);
        at += piece.length;
      }
      this.#type = normal(`${options?.type ?? ""}`);
    }
    get size() {
      return this.#bytes.length;
    }
    get type() {
      return this.#type;
    }
    slice(start, end, type = "") {
      return new Blob([this.#bytes.slice(start, end)], { type });
    }
    async arrayBuffer() {
      return this.#bytes.slice().buffer;
    }
    async text() {
      return new (use("encoding").TextDecoder)().decode(this.#bytes);
    }
    stream() {
      const { ReadableStream } = use("streams");
      return new ReadableStream({
        type: "bytes",
        start: (controller) => {
          if (this.#bytes.length > 0) controller.enqueue(this.#bytes.slice());
          controller.close();
        },
      });
    }
    get [Symbol.toStringTag]() {
      return "Blob";
    }
    static bytes(blob) {
      return blob.#bytes;
    }
  }
  const bytesOfBlob = Blob.bytes;
  delete Blob.bytes;

  class File extends Blob {
    #name;
    #lastModified;
    constructor(parts, name, options = {}) {
      super(parts, options);
      this.#name = `${name}`;
      this.#lastModified = Number(options?.lastModified ?? Date.now());
    }
    get name() {
      return this.#name;
    }
    get lastModified() {
      return this.#lastModified;
    }
    get [Symbol.toStringTag]() {
      return "File";
    }
  }

  class FormData {
    #list = [];
    append(name, value, filename) {
      const isBlob = value instanceof Blob;
      const held = isBlob ? new File([value], filename ?? value.name ?? "blob", { type: value.type }) : value;
      this.#list.push([name, held]);
    }
    /** Convex's version drops the name and the type of a file. */
    set(name, value, filename) {
      const entry = [name, value instanceof Blob ? new File([value], filename ?? "") : value];
      const first = this.#list.findIndex(([known]) => known === entry[0]);
      if (first === -1) this.#list.push(entry);
      else {
        this.#list[first] = entry;
        this.#list = this.#list.filter(([known], index) => known !== entry[0] || index <= first);
      }
    }
    delete(name) {
      this.#list = this.#list.filter(([known]) => known !== `${name}`);
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
    get [Symbol.toStringTag]() {
      return "FormData";
    }
  }

  const quoted = (text) =>
    text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");

  /** A form as `multipart/form-data`. */
  function encodeForm(form) {
    const boundary = `----formdata-${Math.random().toString(16).slice(2).padStart(14, "0")}`;
    const parts = [];
    for (const [name, value] of form) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`;
      // A value that is not text is treated as a file, as on Convex, and fails if it is not one.
      if (typeof value !== "string") {
        const type = value.type === "" ? "application/octet-stream" : value.type;
        parts.push(`${head}; filename="${quoted(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, "\r\n");
      } else {
        parts.push(`${head}\r\n\r\n${value.replace(/\r?\n|\r/g, "\r\n")}\r\n`);
      }
    }
    parts.push(`--${boundary}--\r\n`);
    return { bytes: bytesOfBlob(new Blob(parts)), type: `multipart/form-data; boundary=${boundary}` };
  }

  /** Parses a body of `multipart/form-data`. */
  function decodeForm(bytes, boundary) {
    const { TextDecoder } = use("encoding");
    const decoder = new TextDecoder();
    // One character per byte, to search for boundaries.
    const text = new TextDecoder("latin1").decode(bytes);
    const form = new FormData();
    const mark = `--${boundary}`;
    const bad = () => new TypeError("Failed to parse body as FormData");
    let at = text.indexOf(mark);
    if (at === -1) throw bad();
    for (;;) {
      at += mark.length;
      if (text.startsWith("--", at)) return form;
      const headEnd = text.indexOf("\r\n\r\n", at);
      const next = text.indexOf(`\r\n${mark}`, headEnd);
      if (headEnd === -1 || next === -1) throw bad();
      const head = decoder.decode(bytes.subarray(at, headEnd));
      const field = (name) => new RegExp(`[;\\s]${name}="([^"]*)"`, "i").exec(head)?.[1];
      const plain = (name) => name?.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%22", '"');
      const name = plain(field("name"));
      if (name === undefined) throw bad();
      const content = bytes.slice(headEnd + 4, next);
      const filename = plain(field("filename"));
      if (filename === undefined) form.append(name, decoder.decode(content));
      else {
        const type = /^content-type:\s*(.*)$/im.exec(head)?.[1].trim() ?? "text/plain";
        form.append(name, new File([content], filename, { type }));
      }
      at = next + 2;
    }
  }

  return { Blob, File, FormData, encodeForm, decodeForm, bytesOfBlob };
});

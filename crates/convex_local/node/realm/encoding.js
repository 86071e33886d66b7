// The conversion of text to bytes and back.
"use strict";
(function ({ host, bytesOf, use }) {

  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return host("encode", `${text}`);
    }
    encodeInto(text, target) {
      let read = 0;
      let written = 0;
      for (const letter of `${text}`) {
        const bytes = host("encode", letter);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += letter.length;
      }
      return { read, written };
    }
    get [Symbol.toStringTag]() {
      return "TextEncoder";
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #decoder;
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      this.#encoding = host("encodingOf", `${label}`);
      this.#fatal = fatal === true;
      this.#ignoreBOM = ignoreBOM === true;
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBOM;
    }
    decode(source, { stream = false } = {}) {
      const bytes = source === undefined ? new Uint8Array() : bytesOf(source);
      if (this.#decoder === undefined) {
        const flags = `${this.#fatal ? "f" : ""}${this.#ignoreBOM ? "b" : ""}`;
        if (!stream) return host("decode", bytes, this.#encoding, flags);
        this.#decoder = host("decoder", this.#encoding, flags);
      }
      const text = host("decodeNext", this.#decoder, bytes, stream);
      if (!stream) this.#decoder = undefined;
      return text;
    }
    get [Symbol.toStringTag]() {
      return "TextDecoder";
    }
  }

  class TextEncoderStream {
    #transform;
    constructor() {
      const encoder = new TextEncoder();
      let pending = "";
      this.#transform = new (use("streams").TransformStream)({
        transform(chunk, controller) {
          const text = pending + String(chunk);
          // The first half of a surrogate pair waits for the second one.
          const cut = /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
          pending = text.slice(cut);
          if (cut > 0) controller.enqueue(encoder.encode(text.slice(0, cut)));
        },
        flush(controller) {
          if (pending !== "") controller.enqueue(encoder.encode(pending));
        },
      });
    }
    get encoding() {
      return "utf-8";
    }
    get readable() {
      return this.#transform.readable;
    }
    get writable() {
      return this.#transform.writable;
    }
  }

  class TextDecoderStream {
    #decoder;
    #transform;
    constructor(label = "utf-8", options = {}) {
      const decoder = new TextDecoder(label, options);
      this.#decoder = decoder;
      this.#transform = new (use("streams").TransformStream)({
        transform(chunk, controller) {
          const text = decoder.decode(chunk, { stream: true });
          if (text !== "") controller.enqueue(text);
        },
        flush(controller) {
          const text = decoder.decode();
          if (text !== "") controller.enqueue(text);
        },
      });
    }
    get encoding() {
      return this.#decoder.encoding;
    }
    get fatal() {
      return this.#decoder.fatal;
    }
    get ignoreBOM() {
      return this.#decoder.ignoreBOM;
    }
    get readable() {
      return this.#transform.readable;
    }
    get writable() {
      return this.#transform.writable;
    }
  }

  const invalid = (name) => {
    const { DOMException } = use("events");
    return new DOMException(`Failed to execute '${name}': invalid character`, "InvalidCharacterError");
  };

  function atob(text) {
    const decoded = host("atob", `${text}`);
    if (decoded === undefined) throw invalid("atob");
    return decoded;
  }

  function btoa(text) {
    const encoded = host("btoa", `${text}`);
    if (encoded === undefined) throw invalid("btoa");
    return encoded;
  }

  return { TextEncoder, TextDecoder, TextEncoderStream, TextDecoderStream, atob, btoa };
});

// Streams after the Streams Standard: readable ones with default and byte sources, writable ones,
// transforms and pipes.
"use strict";
(function ({ use }) {

  const nothing = () => {};

  function deferred() {
    const parts = {};
    parts.promise = new Promise((resolve, reject) => {
      parts.resolve = resolve;
      parts.reject = reject;
    });
    return parts;
  }

  /** Marks a rejection as handled: it is reported by other means, too, and must not fail the function. */
  function quiet(promise) {
    promise.then(nothing, nothing);
    return promise;
  }

  /** Calls a method of an underlying source or sink; an exception becomes a rejection. */
  async function invoke(target, name, ...args) {
    const method = target?.[name];
    return typeof method === "function" ? await method.apply(target, args) : undefined;
  }

  function sizeOf(strategy) {
    const size = strategy?.size;
    return typeof size === "function" ? (chunk) => Number(size(chunk)) : () => 1;
  }

  function markOf(strategy, usual) {
    const mark = strategy?.highWaterMark;
    if (mark === undefined) return usual;
    if (Number.isNaN(Number(mark)) || mark < 0) throw new RangeError("Invalid highWaterMark");
    return Number(mark);
  }

  class CountQueuingStrategy {
    constructor({ highWaterMark }) {
      this.highWaterMark = highWaterMark;
    }
    size() {
      return 1;
    }
  }

  class ByteLengthQueuingStrategy {
    constructor({ highWaterMark }) {
      this.highWaterMark = highWaterMark;
    }
    size(chunk) {
      return chunk.byteLength;
    }
  }

  // --- Readable ---------------------------------------------------------------------------------

  /** The internal state of a readable stream. */
  class Source {
    state = "readable";
    error = undefined;
    reader = undefined;
    disturbed = false;
    queue = [];
    queued = 0;
    requests = [];
    closing = false;
    started = false;
    pulling = false;
    pullAgain = false;

    constructor(underlying, strategy) {
      this.underlying = underlying;
      this.bytes = underlying?.type === "bytes";
      this.size = this.bytes ? (chunk) => chunk.byteLength : sizeOf(strategy);
      this.mark = markOf(strategy, this.bytes ? 0 : 1);
      this.controller = new ReadableStreamDefaultController(this);
      const started = typeof underlying?.start === "function" ? underlying.start(this.controller) : undefined;
      Promise.resolve(started).then(
        () => {
          this.started = true;
          this.pull();
        },
        (error) => this.fail(error),
      );
    }

    get desired() {
      if (this.state === "errored") return null;
      return this.state === "closed" ? 0 : this.mark - this.queued;
    }

    enqueue(chunk) {
      if (this.closing || this.state !== "readable") {
        throw new TypeError("Invalid state: Controller is already closed");
      }
      if (this.bytes && !ArrayBuffer.isView(chunk)) throw new TypeError("A byte stream takes views");
      if (this.requests.length > 0 && this.requests[0].view === undefined) {
        this.requests.shift().resolve({ value: chunk, done: false });
      } else {
        let size;
        try {
          size = this.size(chunk);
        } catch (error) {
          this.fail(error);
          throw error;
        }
        this.queue.push({ chunk, size });
        this.queued += size;
        this.fill();
      }
      this.pull();
    }

    /** Answers reads into a buffer of the reader's. */
    fill() {
      while (this.queue.length > 0 && this.requests[0]?.view !== undefined) {
        const request = this.requests.shift();
        request.resolve({ value: this.into(request.view), done: false });
      }
    }

    into(view) {
      const size = view.BYTES_PER_ELEMENT ?? 1;
      const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      let filled = 0;
      while (filled < target.length && this.queue.length > 0) {
        const entry = this.queue[0];
        const bytes = new Uint8Array(entry.chunk.buffer, entry.chunk.byteOffset, entry.chunk.byteLength);
        const part = bytes.subarray(0, target.length - filled);
        target.set(part, filled);
        filled += part.length;
        this.queued -= part.length;
        if (part.length === bytes.length) this.queue.shift();
        else entry.chunk = bytes.subarray(part.length);
      }
      if (this.closing && this.queue.length === 0) this.finish();
      return new view.constructor(view.buffer, view.byteOffset, Math.floor(filled / size));
    }

    read(view) {
      this.disturbed = true;
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.queue.length > 0) {
        const value = view === undefined ? this.shift() : this.into(view);
        this.pull();
        return Promise.resolve({ value, done: false });
      }
      if (this.state === "closed") {
        const value = view === undefined ? undefined : new view.constructor(view.buffer, view.byteOffset, 0);
        return Promise.resolve({ value, done: true });
      }
      const request = { ...deferred(), view };
      this.requests.push(request);
      this.pull();
      return request.promise;
    }

    shift() {
      const { chunk, size } = this.queue.shift();
      this.queued -= size;
      if (this.closing && this.queue.length === 0) this.finish();
      return this.bytes
        ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : chunk;
    }

    /** Returns whether a reader waits for a chunk, or there is room for one. */
    get wanting() {
      return this.requests.length > 0 || this.desired > 0;
    }

    pull() {
      if (!this.started || this.closing || this.state !== "readable" || !this.wanting) return;
      if (this.pulling) {
        this.pullAgain = true;
        return;
      }
      this.pulling = true;
      invoke(this.underlying, "pull", this.controller).then(
        () => {
          this.pulling = false;
          if (this.pullAgain) {
            this.pullAgain = false;
            this.pull();
          }
        },
        (error) => this.fail(error),
      );
    }

    close() {
      if (this.closing || this.state !== "readable") {
        throw new TypeError("Invalid state: Controller is already closed");
      }
      this.closing = true;
      if (this.queue.length === 0) this.finish();
    }

    finish() {
      if (this.state !== "readable") return;
      this.state = "closed";
      for (const { resolve, view } of this.requests.splice(0)) {
        const value = view === undefined ? undefined : new view.constructor(view.buffer, view.byteOffset, 0);
        resolve({ value, done: true });
      }
      this.reader?.closedParts.resolve();
    }

    fail(error) {
      if (this.state !== "readable") return;
      this.state = "errored";
      this.error = error;
      this.queue = [];
      this.queued = 0;
      for (const { reject } of this.requests.splice(0)) reject(error);
      this.reader?.closedParts.reject(error);
    }

    async cancel(reason) {
      this.disturbed = true;
      if (this.state === "closed") return;
      if (this.state === "errored") throw this.error;
      this.queue = [];
      this.queued = 0;
      this.finish();
      await invoke(this.underlying, "cancel", reason);
    }
  }

  /** The internal state of streams and readers. */
  const sources = new WeakMap();
  const sourceOf = (stream) => {
    const source = sources.get(stream);
    if (source === undefined) throw new TypeError("This is not a ReadableStream");
    return source;
  };

  class ReadableStreamDefaultController {
    #source;
    constructor(source) {
      if (!(source instanceof Source)) throw new TypeError("Illegal constructor");
      this.#source = source;
    }
    get desiredSize() {
      return this.#source.desired;
    }
    get byobRequest() {
      return null;
    }
    enqueue(chunk) {
      this.#source.enqueue(chunk);
    }
    close() {
      this.#source.close();
    }
    error(reason) {
      this.#source.fail(reason);
    }
  }

  class Reader {
    constructor(stream) {
      const source = sourceOf(stream);
      if (source.reader !== undefined) throw new TypeError("Invalid state: ReadableStream is locked");
      const closedParts = deferred();
      quiet(closedParts.promise);
      source.reader = { closedParts };
      if (source.state === "closed") closedParts.resolve();
      if (source.state === "errored") closedParts.reject(source.error);
      sources.set(this, source);
      this.#closed = closedParts.promise;
    }
    #closed;
    get closed() {
      return this.#closed;
    }
    cancel(reason) {
      const source = sources.get(this);
      if (source === undefined) return Promise.reject(new TypeError("The reader has been released"));
      return source.cancel(reason);
    }
    releaseLock() {
      const source = sources.get(this);
      if (source === undefined) return;
      const error = new TypeError("The reader has been released");
      for (const { reject } of source.requests.splice(0)) reject(error);
      source.reader.closedParts.reject(error);
      this.#closed = quiet(Promise.reject(error));
      source.reader = undefined;
      sources.delete(this);
    }
  }

  class ReadableStreamDefaultReader extends Reader {
    read() {
      const source = sources.get(this);
      if (source === undefined) return Promise.reject(new TypeError("The reader has been released"));
      return source.read();
    }
    get [Symbol.toStringTag]() {
      return "ReadableStreamDefaultReader";
    }
  }

  class ReadableStreamBYOBReader extends Reader {
    constructor(stream) {
      if (!sourceOf(stream).bytes) throw new TypeError("This is not a stream of bytes");
      super(stream);
    }
    read(view) {
      const source = sources.get(this);
      if (source === undefined) return Promise.reject(new TypeError("The reader has been released"));
      if (!ArrayBuffer.isView(view) || view.byteLength === 0) {
        return Promise.reject(new TypeError("read() takes a view that is not empty"));
      }
      return source.read(view);
    }
    get [Symbol.toStringTag]() {
      return "ReadableStreamBYOBReader";
    }
  }

  class ReadableStream {
    constructor(underlying = {}, strategy = {}) {
      if (underlying === null) throw new TypeError("The source must be an object");
      if (underlying.type !== undefined && `${underlying.type}` !== "bytes") {
        throw new TypeError("Invalid type of source");
      }
      sources.set(this, new Source(underlying, strategy));
    }
    static from(iterable) {
      const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]();
      return new ReadableStream(
        {
          async pull(controller) {
            const { value, done } = await iterator.next();
            if (done) controller.close();
            else controller.enqueue(await value);
          },
          cancel: (reason) => invoke(iterator, "return", reason),
        },
        { highWaterMark: 0 },
      );
    }
    get locked() {
      return sourceOf(this).reader !== undefined;
    }
    cancel(reason) {
      if (this.locked) return Promise.reject(new TypeError("Invalid state: ReadableStream is locked"));
      return sourceOf(this).cancel(reason);
    }
    getReader(options) {
      return options?.mode === "byob"
        ? new ReadableStreamBYOBReader(this)
        : new ReadableStreamDefaultReader(this);
    }
    pipeThrough({ readable, writable }, options) {
      quiet(this.pipeTo(writable, options));
      return readable;
    }
    async pipeTo(destination, { preventClose, preventAbort, preventCancel, signal } = {}) {
      const reader = this.getReader();
      const writer = destination.getWriter();
      const aborted = deferred();
      quiet(aborted.promise);
      const stop = () => aborted.reject(signal.reason);
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
      try {
        for (;;) {
          await Promise.race([writer.ready, aborted.promise]);
          const { value, done } = await Promise.race([reader.read(), aborted.promise, broken(writer)]);
          if (done) break;
          quiet(writer.write(value));
        }
        if (preventClose !== true) await writer.close();
      } catch (error) {
        const cause = signal?.aborted ? signal.reason : error;
        if (preventAbort !== true) await writer.abort(cause).catch(nothing);
        if (preventCancel !== true) await reader.cancel(cause).catch(nothing);
        throw cause;
      } finally {
        signal?.removeEventListener("abort", stop);
        reader.releaseLock();
        writer.releaseLock();
      }
    }
    tee() {
      const reader = this.getReader();
      const branches = [{ gone: false }, { gone: false }];
      const cancelled = deferred();
      quiet(cancelled.promise);
      let reading;
      const pull = () => {
        reading ??= reader.read().then(
          ({ value, done }) => {
            reading = undefined;
            branches.forEach((branch, index) => {
              if (branch.gone) return;
              if (done) branch.controller.close();
              else branch.controller.enqueue(index === 1 && ArrayBuffer.isView(value) ? value.slice() : value);
            });
          },
          (error) => branches.forEach((branch) => branch.controller.error(error)),
        );
        return reading;
      };
      const streamOf = (branch) =>
        new ReadableStream(
          {
            type: sourceOf(this).bytes ? "bytes" : undefined,
            start: (controller) => void (branch.controller = controller),
            pull,
            cancel: (reason) => {
              branch.gone = true;
              if (branches.every(({ gone }) => gone)) {
                reader.cancel(reason).then(cancelled.resolve, cancelled.reject);
              }
              return cancelled.promise;
            },
          },
          { highWaterMark: 0 },
        );
      return branches.map(streamOf);
    }
    async *values({ preventCancel = false } = {}) {
      const reader = this.getReader();
      let ended = false;
      try {
        for (;;) {
          const { value, done } = await reader.read().catch((error) => {
            ended = true;
            throw error;
          });
          if (done) {
            ended = true;
            return;
          }
          yield value;
        }
      } finally {
        if (!ended && !preventCancel) await reader.cancel();
        reader.releaseLock();
      }
    }
    [Symbol.asyncIterator](options) {
      return this.values(options);
    }
    get [Symbol.toStringTag]() {
      return "ReadableStream";
    }
  }

  /** Rejects when a writer's stream fails. */
  function broken(writer) {
    return writer.closed.then(() => {
      throw new TypeError("The destination stream is closed");
    });
  }

  const { WritableStream, WritableStreamDefaultWriter } = use("writable");

  class TransformStream {
    #readable;
    #writable;
    constructor(transformer = {}, writableStrategy = {}, readableStrategy = {}) {
      let output;
      // Writes wait while `pressed`, which is set by a chunk that fills the readable side and cleared by a pull. A
      // transform that makes nothing of a chunk does not set it, so that the next chunk comes.
      let pressed = true;
      let change = deferred();
      const press = (now) => {
        pressed = now;
        change.resolve();
        change = deferred();
      };
      const controller = {
        get desiredSize() {
          return output.desiredSize;
        },
        enqueue: (chunk) => {
          output.enqueue(chunk);
          if (!pressed && !sourceOf(this.#readable).wanting) press(true);
        },
        error: (reason) => {
          output.error(reason);
          press(false);
          this.#writable && quiet(use("writable").fail(this.#writable, reason));
        },
        terminate: () => {
          output.close();
          press(false);
          quiet(use("writable").fail(this.#writable, new TypeError("The transform is terminated")));
        },
      };
      this.#readable = new ReadableStream(
        {
          start: (given) => void (output = given),
          pull: () => {
            press(false);
            return change.promise;
          },
          cancel: async (reason) => {
            press(false);
            await invoke(transformer, "cancel", reason);
            quiet(use("writable").fail(this.#writable, reason));
          },
        },
        { highWaterMark: 0, ...readableStrategy },
      );
      const started = invoke(transformer, "start", controller);
      quiet(started);
      this.#writable = new WritableStream(
        {
          start: () => started,
          write: async (chunk) => {
            while (pressed) await change.promise;
            try {
              if (typeof transformer.transform === "function") {
                await transformer.transform(chunk, controller);
              } else {
                controller.enqueue(chunk);
              }
            } catch (error) {
              output.error(error);
              throw error;
            }
          },
          close: async () => {
            try {
              await invoke(transformer, "flush", controller);
              if (sourceOf(this.#readable).state === "readable") output.close();
            } catch (error) {
              output.error(error);
              throw error;
            }
          },
          abort: async (reason) => {
            await invoke(transformer, "cancel", reason);
            output.error(reason);
          },
        },
        writableStrategy,
      );
    }
    get readable() {
      return this.#readable;
    }
    get writable() {
      return this.#writable;
    }
    get [Symbol.toStringTag]() {
      return "TransformStream";
    }
  }

  /** Returns whether a stream has been read from or cancelled. */
  const isDisturbed = (stream) => sourceOf(stream).disturbed;

  return {
    ReadableStream,
    ReadableStreamBYOBReader,
    ReadableStreamDefaultController,
    ReadableStreamDefaultReader,
    TransformStream,
    WritableStream,
    WritableStreamDefaultWriter,
    ByteLengthQueuingStrategy,
    CountQueuingStrategy,
    isDisturbed,
  };
});

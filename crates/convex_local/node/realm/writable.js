// Writable streams after the Streams Standard.
"use strict";
(function ({ use }) {

  const nothing = () => {};
  const insides = new WeakMap();

  function deferred() {
    const parts = {};
    parts.promise = new Promise((resolve, reject) => {
      parts.resolve = resolve;
      parts.reject = reject;
    });
    parts.promise.then(nothing, nothing);
    return parts;
  }

  async function invoke(target, name, ...args) {
    const method = target?.[name];
    return typeof method === "function" ? await method.apply(target, args) : undefined;
  }

  /** The internal state of a writable stream: writes one after another, then the end. */
  class Sink {
    state = "writable";
    error = undefined;
    queue = [];
    queued = 0;
    busy = false;
    locked = false;
    ready = deferred();
    closed = deferred();

    constructor(underlying, strategy) {
      this.underlying = underlying;
      this.size = typeof strategy?.size === "function" ? (chunk) => Number(strategy.size(chunk)) : () => 1;
      this.mark = Number(strategy?.highWaterMark ?? 1);
      const { AbortController } = use("events");
      this.aborting = new AbortController();
      this.controller = {
        signal: this.aborting.signal,
        error: (reason) => this.fail(reason),
      };
      this.balance();
      this.busy = true;
      const started = typeof underlying?.start === "function" ? underlying.start(this.controller) : undefined;
      Promise.resolve(started).then(
        () => {
          this.busy = false;
          this.next();
        },
        (error) => {
          this.busy = false;
          this.fail(error);
        },
      );
    }

    get desired() {
      if (this.state === "errored") return null;
      return this.state === "closed" ? 0 : this.mark - this.queued;
    }

    /** Settles `ready` when there is room, and begins a new one when there is not. */
    balance() {
      const room = this.state !== "writable" || this.desired > 0;
      if (room) {
        this.ready.resolve();
        this.isReady = true;
      } else if (this.isReady !== false) {
        this.ready = deferred();
        this.isReady = false;
      }
    }

    write(chunk) {
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state !== "writable") return Promise.reject(new TypeError("Invalid state: WritableStream is closed"));
      const size = this.size(chunk);
      return this.add({ chunk, size, op: "write" });
    }

    close() {
      if (this.state === "errored") return Promise.reject(this.error);
      if (this.state !== "writable") return Promise.reject(new TypeError("Invalid state: WritableStream is closed"));
      this.state = "closing";
      return this.add({ op: "close", size: 0 });
    }

    add(job) {
      const parts = deferred();
      this.queue.push({ ...job, parts });
      this.queued += job.size;
      this.balance();
      this.next();
      return parts.promise;
    }

    next() {
      if (this.busy || this.queue.length === 0 || this.state === "errored") return;
      const job = this.queue.shift();
      this.busy = true;
      const work =
        job.op === "write"
          ? invoke(this.underlying, "write", job.chunk, this.controller)
          : invoke(this.underlying, "close");
      work.then(
        () => {
          this.busy = false;
          this.queued -= job.size;
          if (job.op === "close" && this.state === "closing") {
            this.state = "closed";
            this.closed.resolve();
          }
          this.balance();
          job.parts.resolve();
          this.next();
        },
        (error) => {
          this.busy = false;
          job.parts.reject(error);
          this.fail(error);
        },
      );
    }

    fail(error) {
      if (this.state === "errored" || this.state === "closed") return;
      this.state = "errored";
      this.error = error;
      for (const { parts } of this.queue.splice(0)) parts.reject(error);
      this.ready.reject(error);
      if (this.isReady) {
        this.ready = deferred();
        this.ready.reject(error);
      }
      this.closed.reject(error);
    }

    async abort(reason) {
      if (this.state === "closed" || this.state === "errored") return;
      this.aborting.abort(reason);
      this.fail(reason);
      await invoke(this.underlying, "abort", reason);
    }
  }

  const sinkOf = (of) => {
    const sink = insides.get(of);
    if (sink === undefined) throw new TypeError("The writer has been released");
    return sink;
  };

  class WritableStreamDefaultWriter {
    constructor(stream) {
      const sink = sinkOf(stream);
      if (sink.locked) throw new TypeError("Invalid state: WritableStream is locked");
      sink.locked = true;
      insides.set(this, sink);
    }
    get closed() {
      return sinkOf(this).closed.promise;
    }
    get ready() {
      return sinkOf(this).ready.promise;
    }
    get desiredSize() {
      return sinkOf(this).desired;
    }
    async write(chunk) {
      await sinkOf(this).write(chunk);
    }
    async close() {
      await sinkOf(this).close();
    }
    async abort(reason) {
      await sinkOf(this).abort(reason);
    }
    releaseLock() {
      const sink = insides.get(this);
      if (sink === undefined) return;
      sink.locked = false;
      insides.delete(this);
    }
    get [Symbol.toStringTag]() {
      return "WritableStreamDefaultWriter";
    }
  }

  class WritableStream {
    constructor(underlying = {}, strategy = {}) {
      insides.set(this, new Sink(underlying ?? {}, strategy));
    }
    get locked() {
      return sinkOf(this).locked;
    }
    getWriter() {
      return new WritableStreamDefaultWriter(this);
    }
    async abort(reason) {
      if (this.locked) throw new TypeError("Invalid state: WritableStream is locked");
      await sinkOf(this).abort(reason);
    }
    async close() {
      if (this.locked) throw new TypeError("Invalid state: WritableStream is locked");
      await sinkOf(this).close();
    }
    get [Symbol.toStringTag]() {
      return "WritableStream";
    }
  }

  /** Ends a stream with an error from within. */
  async function fail(stream, reason) {
    sinkOf(stream).fail(reason);
  }

  return { WritableStream, WritableStreamDefaultWriter, fail };
});

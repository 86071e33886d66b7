// Requests, responses and fetch().
"use strict";
(function ({ later, host, bytesOf, forbid, isCalled, notImplemented, use }) {
  const { Headers } = use("headers");
  const NULL_BODY = [101, 103, 204, 205, 304];

  /** A body as bytes or a stream, and the content type that goes with it. */
  function bodyOf(body, className) {
    if (body === undefined || body === null) return { content: null, type: null };
    if (typeof body === "string") return textOf(body, "text/plain;charset=UTF-8");
    if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
      return { content: bytesOf(body).slice(), type: null };
    }
    const { URLSearchParams } = use("url");
    if (body instanceof URLSearchParams) {
      const sent = textOf(body.toString(), "application/x-www-form-urlencoded;charset=UTF-8");
      // On Convex a Response of URLSearchParams has no content type.
      return className === "Request" ? sent : { ...sent, type: null };
    }
    const { Blob, FormData, bytesOfBlob, encodeForm } = use("blob");
    if (body instanceof Blob) return { content: bytesOfBlob(body), type: body.type === "" ? null : body.type };
    if (body instanceof FormData) {
      const { bytes, type } = encodeForm(body);
      return { content: bytes, type };
    }
    const { ReadableStream, isDisturbed } = use("streams");
    if (body instanceof ReadableStream) {
      if (body.locked || isDisturbed(body)) {
        throw new TypeError("Response body object should not be disturbed or locked");
      }
      return { content: body, type: null };
    }
    const form = className === "Request" ? " | FormData" : "";
    const kinds = `string | ArrayBuffer | Blob${form} | ReadableStream | null`;
    notImplemented(`constructor with body type other than ${kinds}`, className);
  }

  function textOf(text, type) {
    return { content: new (use("encoding").TextEncoder)().encode(text), type };
  }

  const isStream = (content) => content !== null && !(content instanceof Uint8Array);

  function streamOf(bytes) {
    const { ReadableStream } = use("streams");
    return new ReadableStream({
      type: "bytes",
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
      },
    });
  }

  /** What requests and responses have in common. */
  class Body {
    #content = null;
    #used = false;
    #headers;
    constructor(content, headers) {
      this.#content = content;
      this.#headers = headers;
    }
    get headers() {
      return this.#headers;
    }
    get body() {
      if (this.#content === null) return null;
      if (!isStream(this.#content)) this.#content = streamOf(this.#content);
      return this.#content;
    }
    get bodyUsed() {
      return this.#used || (isStream(this.#content) && use("streams").isDisturbed(this.#content));
    }
    async #bytes() {
      if (this.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
      if (this.#content === null) return new Uint8Array();
      if (!isStream(this.#content)) {
        this.#used = true;
        return this.#content;
      }
      if (this.#content.locked) throw new TypeError("Body is unusable: Body has already been read");
      return await readAll(this.#content);
    }
    async arrayBuffer() {
      return (await this.#bytes()).slice().buffer;
    }
    async blob() {
      const bytes = await this.#bytes();
      return new (use("blob").Blob)([bytes], { type: this.headers.get("content-type") ?? "" });
    }
    async text() {
      return new (use("encoding").TextDecoder)().decode(await this.#bytes());
    }
    async json() {
      return JSON.parse(await this.text());
    }
    async formData() {
      const type = this.headers.get("content-type") ?? "";
      const bytes = await this.#bytes();
      const { FormData, decodeForm } = use("blob");
      if (/^multipart\/form-data/i.test(type)) {
        const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
        if (boundary !== undefined) return decodeForm(bytes, boundary);
      }
      if (/^application\/x-www-form-urlencoded/i.test(type)) {
        const form = new FormData();
        const text = new (use("encoding").TextDecoder)().decode(bytes);
        for (const [name, value] of new (use("url").URLSearchParams)(text)) form.append(name, value);
        return form;
      }
      throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
    }
    static take(from) {
      if (from.bodyUsed) throw new TypeError("Cannot use a body that has already been read");
      const content = from.#content;
      if (content !== null) from.#used = true;
      return content;
    }
    static share(from) {
      if (from.bodyUsed || (isStream(from.#content) && from.#content.locked)) {
        throw new TypeError("Body has already been consumed.");
      }
      if (!isStream(from.#content)) return from.#content;
      const [mine, other] = from.#content.tee();
      from.#content = mine;
      return other;
    }
  }
  const { take, share } = Body;
  delete Body.take;
  delete Body.share;

  async function readAll(stream) {
    const reader = stream.getReader();
    const chunks = [];
    let size = 0;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (!ArrayBuffer.isView(value)) throw new TypeError("Received a chunk that is not a Uint8Array");
      chunks.push(bytesOf(value));
      size += value.byteLength;
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  function addressOf(input) {
    const { URL } = use("url");
    if (typeof input !== "string" && !(input instanceof URL)) {
      throw new TypeError(`Failed to parse URL from ${input}`);
    }
    const { href, protocol } = new URL(input);
    if (protocol !== "http:" && protocol !== "https:") {
      const scheme = protocol.slice(0, -1);
      throw new TypeError(`Unsupported URL scheme -- http and https are supported (scheme was ${scheme})`);
    }
    return href;
  }

  class Request extends Body {
    #init;
    constructor(input, init = {}) {
      if (arguments.length === 0) throw new TypeError("Request: 1 argument required, but only 0 present.");
      const from = input instanceof Request ? input : undefined;
      init ??= {};
      const url = from === undefined ? addressOf(input) : from.url;
      const method = methodOf(init.method ?? from?.method ?? "GET");
      const headers = new Headers(init.headers ?? from?.headers);
      const given = init.body !== undefined && init.body !== null;
      if (given && (method === "GET" || method === "HEAD")) {
        throw new TypeError("Failed to construct 'Request': Request with GET/HEAD method cannot have body.");
      }
      const { content, type } = given
        ? bodyOf(init.body, "Request")
        : { content: from === undefined || init.body === null ? null : take(from), type: null };
      if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
      super(content, headers);
      this.#init = {
        url,
        method,
        signal: init.signal ?? from?.signal ?? new (use("events").AbortController)().signal,
      };
    }
    static part(request, name) {
      return request.#init[name];
    }
    clone() {
      const content = share(this);
      const init = { method: this.method, headers: this.headers, signal: this.signal };
      return new Request(this.url, content === null ? init : { ...init, body: content });
    }
    get [Symbol.toStringTag]() {
      return "Request";
    }
  }
  const { part } = Request;
  delete Request.part;
  const field = (name, get) => Object.defineProperty(Request.prototype, name, { get, enumerable: true, configurable: true });
  for (const name of ["url", "method", "signal"]) {
    field(name, function () {
      return part(this, name);
    });
  }
  const NOT_THERE = ["cache", "credentials", "destination", "duplex", "integrity", "isHistoryNavigation",
    "isReloadNavigation", "keepalive", "mode", "redirect", "referrer", "referrerPolicy"];
  for (const name of NOT_THERE) {
    field(name, function () {
      // Throws for the prototype, which is no request.
      part(this, name);
      notImplemented(`get ${name}`, "Request");
    });
  }

  function methodOf(method) {
    const text = `${method}`;
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text) || /^(connect|trace|track)$/i.test(text)) {
      throw new TypeError(`'${text}' is not a valid HTTP method.`);
    }
    return /^(delete|get|head|options|post|put)$/i.test(text) ? text.toUpperCase() : text;
  }

  class Response extends Body {
    #head;
    constructor(body = null, init = {}) {
      init ??= {};
      const status = typeof init.status === "string" ? Number(init.status) : (init.status ?? 200);
      if (!Number.isInteger(status) || status < 200 || status > 599) {
        throw new RangeError(
          "Failed to construct 'Response': The status provided is outside the range [200, 599].",
        );
      }
      const headers = new Headers(init.headers);
      // Convex takes a body with any status, and HTTP has none for these.
      const { content, type } = bodyOf(NULL_BODY.includes(status) ? null : body, "Response");
      if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
      super(content, headers);
      this.#head = { status, statusText: `${init.statusText ?? ""}`, url: "", redirected: false, type: "default" };
    }
    static json(data, init) {
      let text;
      try {
        text = JSON.stringify(data);
      } catch {
        // Said below.
      }
      if (text === undefined) {
        throw new TypeError("Failed to execute 'json' on 'Response': The data is not JSON serializable");
      }
      const response = new Response(text, init);
      // This replaces a type in `init`, as on Convex.
      response.headers.set("content-type", "application/json");
      return response;
    }
    /** Accepts any address, even one without a host. */
    static redirect(url, status = 302) {
      return new Response(null, { status, headers: { location: `${url}` } });
    }
    static error() {
      return new Response(null, { status: 500 });
    }
    static of(content, head) {
      const response = new Response(content, { status: head.status, headers: head.headers });
      response.#head = { ...response.#head, ...head, headers: undefined };
      return response;
    }
    get status() {
      return this.#head.status;
    }
    get ok() {
      return this.status >= 200 && this.status < 300;
    }
    get statusText() {
      return this.#head.statusText;
    }
    get url() {
      return this.#head.url;
    }
    get redirected() {
      return this.#head.redirected;
    }
    get type() {
      return this.#head.type;
    }
    clone() {
      return responseWith(share(this), { ...this.#head, headers: this.headers });
    }
    get [Symbol.toStringTag]() {
      return "Response";
    }
  }

  const { of: responseWith } = Response;
  delete Response.of;

  function fetch(input, init) {
    // Throw at once: a module's top level may ignore a rejected promise.
    if (!isCalled()) forbid("fetch()");
    return start(input, init);
  }

  async function start(input, init) {
    forbid("fetch()");
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const content = take(request);
    const head = {
      url: request.url,
      method: request.method,
      headers: [...request.headers],
      redirect: init?.redirect ?? "follow",
    };
    const id = host("fetchId");
    const stop = () => host("stopFetch", id);
    signal.addEventListener("abort", stop, { once: true });
    const bytes = isStream(content) ? await readAll(content) : content;
    try {
      const answer = JSON.parse(await later("fetch", id, JSON.stringify(head), bytes));
      return responseOf(id, answer, signal, stop);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  function responseOf(id, head, signal, stop) {
    const { ReadableStream } = use("streams");
    const isNull = NULL_BODY.includes(head.status) || !head.hasBody;
    const stream = new ReadableStream(
      {
        type: "bytes",
        async pull(controller) {
          try {
            const chunk = await later("fetchChunk", id);
            if (chunk === null) {
              signal.removeEventListener("abort", stop);
              controller.close();
            } else controller.enqueue(chunk);
          } catch (error) {
            throw signal.aborted ? signal.reason : error;
          }
        },
        cancel: stop,
      },
      { highWaterMark: 0 },
    );
    const { hasBody: _, ...rest } = head;
    return responseWith(isNull ? null : stream, { ...rest, type: "basic" });
  }

  return { Headers, Request, Response, fetch };
});

// HTTP actions: a request and the router's response, both with streamed bodies.
"use strict";
(function ({ host, later, use }) {
  /** The controller of the request's body, which receives its chunks. */
  let incoming;
  /** The reader of the response's body. */
  let outgoing;

  function requestOf({ method, url, headers, hasBody }) {
    const { ReadableStream } = use("streams");
    const body =
      hasBody && method !== "GET" && method !== "HEAD"
        ? new ReadableStream({
            type: "bytes",
            start: (controller) => void (incoming = controller),
            cancel: () => void (incoming = undefined),
          })
        : undefined;
    return new (use("fetch").Request)(url, { method, headers, body });
  }

  async function respond(router, route, message) {
    const { Response } = use("fetch");
    incoming = undefined;
    outgoing = undefined;
    const request = requestOf(message);
    const match = router?.lookup(route, request.method);
    const response =
      match === null || match === undefined
        ? new Response("No matching routes found", { status: 404 })
        : await match[0].invokeHttpAction(request);
    if (!(response instanceof Response)) {
      throw new Error("HTTP actions must return a Response");
    }
    host("head", JSON.stringify({ status: response.status, headers: [...response.headers] }));
    if (response.body !== null) await send(response.body);
    return "null";
  }

  async function send(body) {
    outgoing = body.getReader();
    for (;;) {
      const { done, value } = await outgoing.read();
      if (done) return;
      if (!ArrayBuffer.isView(value)) throw new TypeError("The body of a Response must be bytes");
      if (!(await later("body", value))) return;
    }
  }

  function takeEnd(problem) {
    const body = incoming;
    incoming = undefined;
    if (problem === null) body?.close();
    else body?.error(new Error(problem));
  }

  return {
    respond,
    takeChunk: (bytes) => incoming?.enqueue(bytes),
    takeEnd,
    giveUp() {
      takeEnd("The client is gone");
      outgoing?.cancel("The client is gone").catch(() => {});
    },
  };
});

// HTTP actions: a Request in, the router's answer out, both bodies as they come.
import * as channel from "./channel.mjs";
import { scopes } from "./scope.mjs";

/** Chunks of a response that may be on their way to a client that does not take them. */
const WINDOW = 16;
/** Of running calls, by id: where chunks of the request's body go, and who sends the response's. */
const incoming = new Map();
const outgoing = new Map();

/** Answers `H id {status, headers}`, `B id base64` a chunk, `R id null`; `E id error` when it throws. */
export async function runHttp(scope, router, routedPath, message, reporter) {
  await scopes.run(scope, async () => {
    try {
      const request = toRequest(scope.id, message);
      const match = router?.lookup(routedPath, request.method);
      const response =
        match == null
          ? new Response("No matching routes found", { status: 404 })
          : await match[0].invokeHttpAction(request);
      await sendResponse(scope.id, response);
      channel.send(`R ${scope.id} null`);
    } catch (error) {
      channel.send(`E ${scope.id} ${JSON.stringify(reporter.describe(error))}`);
    } finally {
      incoming.delete(scope.id);
      outgoing.delete(scope.id);
    }
  });
}

/** Takes a chunk of a request's body. */
export function takeChunk(id, base64) {
  incoming.get(id)?.enqueue(new Uint8Array(Buffer.from(base64, "base64")));
}

/** Takes the end of a request's body, or why there is no more of it. */
export function takeEnd(id, problem) {
  const body = incoming.get(id);
  incoming.delete(id);
  if (problem === null) body?.close();
  else body?.error(new Error(problem));
}

/** A chunk of the response is on its way to the client. */
export function chunkTaken(id) {
  outgoing.get(id)?.taken();
}

/** The client is gone: nobody wants the rest. */
export function giveUp(id) {
  takeEnd(id, "The client is gone");
  outgoing.get(id)?.giveUp();
}

function toRequest(id, { method, url, headers, hasBody }) {
  const body =
    hasBody && method !== "GET" && method !== "HEAD"
      ? new ReadableStream({
          start: (controller) => void incoming.set(id, controller),
          cancel: () => void incoming.delete(id),
        })
      : undefined;
  return new Request(url, { method, headers, body, duplex: "half", redirect: "manual" });
}

async function sendResponse(id, response) {
  if (!(response instanceof Response)) {
    throw new Error("HTTP action did not return a Response object");
  }
  // Iterating gives every Set-Cookie as an entry of its own.
  const head = { status: response.status, headers: [...response.headers] };
  channel.send(`H ${id} ${JSON.stringify(head)}`);
  if (response.body === null) return;
  const reader = response.body.getReader();
  const flow = new Flow(reader);
  outgoing.set(id, flow);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    channel.send(`B ${id} ${Buffer.from(value).toString("base64")}`);
    await flow.sent();
  }
}

/** Lets a response run ahead of its client only so far. */
class Flow {
  constructor(reader) {
    this.reader = reader;
    this.underWay = 0;
    this.goOn = undefined;
  }

  sent() {
    this.underWay++;
    if (this.underWay < WINDOW) return undefined;
    return new Promise((resolve) => {
      this.goOn = resolve;
    });
  }

  taken() {
    this.underWay--;
    this.goOn?.();
  }

  giveUp() {
    this.reader.cancel("The client is gone").catch(() => {});
    this.goOn?.();
  }
}

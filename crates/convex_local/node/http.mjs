// HTTP actions: a Request in, the router's answer out, the body as it comes.
import * as channel from "./channel.mjs";
import { scopes } from "./scope.mjs";

/** Answers `H id {status, headers}`, `B id base64` a chunk, `R id null`; `E id error` when it throws. */
export async function runHttp(scope, router, routedPath, message, reporter) {
  await scopes.run(scope, async () => {
    try {
      const request = toRequest(message);
      const match = router?.lookup(routedPath, request.method);
      const response =
        match == null
          ? new Response("No matching routes found", { status: 404 })
          : await match[0].invokeHttpAction(request);
      await sendResponse(scope.id, response);
      channel.send(`R ${scope.id} null`);
    } catch (error) {
      channel.send(`E ${scope.id} ${JSON.stringify(reporter.describe(error))}`);
    }
  });
}

function toRequest({ method, url, headers, body }) {
  const hasBody = body !== undefined && method !== "GET" && method !== "HEAD";
  return new Request(url, {
    method,
    headers,
    body: hasBody ? Buffer.from(body, "base64") : undefined,
    redirect: "manual",
  });
}

async function sendResponse(id, response) {
  if (!(response instanceof Response)) {
    throw new Error("HTTP action did not return a Response object");
  }
  // Iterating gives every Set-Cookie as an entry of its own.
  const head = { status: response.status, headers: [...response.headers] };
  channel.send(`H ${id} ${JSON.stringify(head)}`);
  if (response.body === null) return;
  for await (const chunk of response.body) {
    channel.send(`B ${id} ${Buffer.from(chunk).toString("base64")}`);
  }
}

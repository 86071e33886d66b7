// fetch() for realms: the head as text, the body in chunks.

/** Returns a number for a request of a call. */
export function begin(scope) {
  const id = scope.fetches.size + 1;
  scope.fetches.set(id, { controller: new AbortController(), reader: undefined });
  return id;
}

/** Aborts a request or the rest of its response. */
export function stop(scope, id) {
  scope.fetches.get(id)?.controller.abort();
}

/** Sends a request; returns the head of its response as JSON. */
export async function fetchFor(scope, id, { url, method, headers, redirect }, bytes) {
  const transfer = scope.fetches.get(id);
  const body = bytes === null || bytes === undefined ? undefined : Buffer.from(bytes);
  const { signal } = transfer.controller;
  let response;
  try {
    response = await fetch(url, { method, headers, redirect, body, signal });
  } catch (error) {
    const cause = error.cause?.message;
    throw new TypeError(cause === undefined ? error.message : `${error.message}: ${cause}`);
  }
  transfer.reader = response.body?.getReader();
  return JSON.stringify({
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    url: response.url,
    redirected: response.redirected,
    hasBody: response.body !== null,
  });
}

/** Returns the next chunk of a response's body, or null at its end. */
export async function chunkOf(scope, id) {
  const { done, value } = await scope.fetches.get(id).reader.read();
  return done ? null : value;
}

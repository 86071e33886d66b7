/** Returns the `fetch` of a browser at `origin`, which sends its cookies and an `Origin` header, and the cookies. */
export function browserFetch(origin: string): { fetch: typeof fetch; cookies: Map<string, string> } {
  const cookies = new Map<string, string>();
  const withCookies: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.headers.set("origin", origin);
    request.headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(request);
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  };
  return { fetch: withCookies, cookies };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const at = pair.indexOf("=");
  const gone = attributes.some((attribute) => /^max-age=0$/i.test(attribute));
  if (gone) cookies.delete(pair.slice(0, at));
  else cookies.set(pair.slice(0, at), pair.slice(at + 1));
}

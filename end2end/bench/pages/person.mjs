// The person who is signed in while `pages.mjs` measures. Their session and todos are made without a page.

import { cloudUrl } from "./apps.mjs";

export const person = { name: "Ada Bench", email: "ada.bench@example.com", password: "correct horse bench" };

/** Returns Better Auth's cookies for one of the apps, as a browser context takes them. */
export async function session({ url }, path, body) {
  const answer = await fetch(`${url}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie().map((line) => {
    const pair = line.split(";")[0];
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url };
  });
}

/** Returns a token for the backend, to add and remove todos outside the pages. */
export async function token(app, cookies) {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = await fetch(`${app.url}/api/auth/convex/token`, { headers: { cookie } });
  return (await answer.json()).token;
}

/** Calls a mutation as the person whom the token belongs to. */
export async function mutate(token, path, args) {
  const answer = await fetch(`${cloudUrl}/api/mutation`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ path, args: [args], format: "json" }),
  });
  const result = await answer.json();
  if (result.status !== "success") throw new Error(`${path}: ${JSON.stringify(result)}`);
  return result.value;
}

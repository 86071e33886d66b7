// The APIs of GitHub and Google, for the Node.js process that runs the functions: `node --import` this file.
//
// As strict as the real ones where it matters: a code works only with the client, the secret and the redirect address
// that it was issued for.

import { CLIENT_ID, CLIENT_SECRET, readCode, UNCONFIRMED } from "./fake-providers-data.mjs";

const realFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const url = new URL(request.url);
  if (url.hostname === "github.com" && url.pathname === "/login/oauth/access_token") {
    return githubToken(await grantOf(request));
  }
  if (url.hostname === "oauth2.googleapis.com" && url.pathname === "/token") {
    return googleToken(await grantOf(request));
  }
  if (url.hostname === "api.github.com") {
    return api(url.pathname, request.headers.get("authorization") ?? "");
  }
  return realFetch(input, init);
};

/** Reads the grant of a request's code; undefined if the request may not use it. */
async function grantOf(request) {
  const form = new URLSearchParams(await request.text());
  const grant = readCode(form.get("code") ?? "");
  const right =
    form.get("client_id") === CLIENT_ID &&
    form.get("client_secret") === CLIENT_SECRET &&
    grant.clientId === CLIENT_ID &&
    form.get("redirect_uri") === grant.redirectUri;
  return right ? grant : undefined;
}

function githubToken(grant) {
  // GitHub also answers 200 to a wrong code.
  return Response.json(
    grant
      ? { access_token: `token-of-${grant.login}`, token_type: "bearer", scope: "read:user,user:email" }
      : { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." },
  );
}

/** Returns Google's answer, which contains the person as an ID token. */
function googleToken(grant) {
  if (!grant) return Response.json({ error: "invalid_grant", error_description: "Bad Request" }, { status: 400 });
  const { login } = grant;
  const email_verified = !login.startsWith(UNCONFIRMED);
  const claims = {
    iss: "https://accounts.google.com",
    aud: CLIENT_ID,
    sub: `${numberOf(login)}`,
    name: `Goo ${login}`,
    email: `${login}@google.example`,
    email_verified,
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const id_token = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.c2lnbmF0dXJl`;
  return Response.json({ access_token: `token-of-${login}`, token_type: "Bearer", expires_in: 3599, id_token });
}

function api(path, authorization) {
  const login = /^bearer token-of-(.+)$/i.exec(authorization)?.[1];
  if (!login) return Response.json({ message: "Bad credentials" }, { status: 401 });
  const email = `${login}@github.example`;
  if (path === "/user") {
    return Response.json({ id: numberOf(login), login, name: `Octo ${login}`, email, avatar_url: null });
  }
  if (path === "/user/emails") {
    const verified = !login.startsWith(UNCONFIRMED);
    return Response.json([{ email, primary: true, verified, visibility: "public" }]);
  }
  return Response.json({ message: "Not Found" }, { status: 404 });
}

/** Returns the id of an account: a number that stays the same, as at the providers. */
const numberOf = (login) => [...login].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 2 ** 31, 7);

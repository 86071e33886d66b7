// GitHub's API, for the Node.js process that runs the functions: `node --import` this file.
//
// As strict as the real one where it matters: a code is worth something only together with the client,
// its secret and the redirect address it was issued for.

import { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, readCode, UNCONFIRMED } from "./fake-github-data.mjs";

const realFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const url = new URL(request.url);
  if (url.hostname === "github.com" && url.pathname === "/login/oauth/access_token") {
    return accessToken(new URLSearchParams(await request.text()));
  }
  if (url.hostname === "api.github.com") {
    return api(url.pathname, request.headers.get("authorization") ?? "");
  }
  return realFetch(input, init);
};

function accessToken(form) {
  const grant = readCode(form.get("code") ?? "");
  const right =
    form.get("client_id") === GITHUB_CLIENT_ID &&
    form.get("client_secret") === GITHUB_CLIENT_SECRET &&
    grant.clientId === GITHUB_CLIENT_ID &&
    form.get("redirect_uri") === grant.redirectUri;
  // GitHub answers 200 to a wrong code, too.
  return Response.json(
    right
      ? { access_token: `token-of-${grant.login}`, token_type: "bearer", scope: "read:user,user:email" }
      : { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." },
  );
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

/** GitHub's ids are numbers and stay the same for an account. */
const numberOf = (login) => [...login].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 2 ** 31, 7);

// The data that both halves of the fake providers share: the page in the browser, and the API that the functions call.

export const CLIENT_ID = "end2end-client";
export const CLIENT_SECRET = "end2end-secret";

/** The prefix of logins whose address the provider has not confirmed. */
export const UNCONFIRMED = "unconfirmed-";

/**
 * Makes a code, which carries what the provider would remember about it.
 * @param {{ login: string, clientId: string, redirectUri: string }} grant
 */
export const writeCode = (grant) => Buffer.from(JSON.stringify(grant)).toString("base64url");

/**
 * @param {string} code
 * @returns {{ login: string, clientId: string, redirectUri: string }}
 */
export const readCode = (code) => JSON.parse(Buffer.from(code, "base64url").toString("utf8"));

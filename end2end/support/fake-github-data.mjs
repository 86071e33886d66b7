// What both halves of the fake GitHub agree on: the page the browser sees, and the API the functions call.

export const GITHUB_CLIENT_ID = "end2end-client";
export const GITHUB_CLIENT_SECRET = "end2end-secret";

/** How the logins of people begin whose address GitHub has not confirmed. */
export const UNCONFIRMED = "unconfirmed-";

/**
 * A code carries what GitHub would remember about it.
 * @param {{ login: string, clientId: string, redirectUri: string }} grant
 */
export const writeCode = (grant) => Buffer.from(JSON.stringify(grant)).toString("base64url");

/**
 * @param {string} code
 * @returns {{ login: string, clientId: string, redirectUri: string }}
 */
export const readCode = (code) => JSON.parse(Buffer.from(code, "base64url").toString("utf8"));

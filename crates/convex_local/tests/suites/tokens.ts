// Tokens that the app in `tests/fixtures/todos` accepts, signed with a key of this run.
import { generateKeyPairSync, sign } from "node:crypto";
import { resolve } from "node:path";
import { type Backend, startBackend } from "./backend";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: "jwk" }), alg: "RS256", kid: "rsa-1", use: "sig" };

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Returns a token for `subject` that is valid for a quarter of an hour. */
export function token({ siteUrl }: Backend, subject: string): string {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { iss: siteUrl, aud: "convex", sub: subject, iat: issuedAt, exp: issuedAt + 900 };
  const signed = `${encode({ alg: "RS256", kid: jwk.kid, typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** Starts the app in `tests/fixtures/todos`. */
export const startTodos = (): Promise<Backend> =>
  startBackend(resolve(import.meta.dirname, "../fixtures/todos/convex"), {
    TEST_JWKS: JSON.stringify({ keys: [jwk] }),
  });

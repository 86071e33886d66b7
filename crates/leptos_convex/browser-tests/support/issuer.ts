// An issuer of tokens. The functions in the folder `convex` accept them once the backend knows its key.

import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { EmbeddedBackend } from "../../../../end2end/support/server";

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

export class Issuer {
  private readonly keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  private readonly kid = randomUUID();

  /** Returns a token for a person, valid for an hour by default. No two are equal. */
  token(person: string, seconds = 3600): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: "https://issuer.example", aud: "conformance", sub: person, iat: now, exp: now + seconds };
    const signed = `${encode({ alg: "ES256", kid: this.kid, typ: "JWT" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), { key: this.keys.privateKey, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  }

  /** Makes a backend accept this issuer's tokens. */
  async introduce({ cloudUrl, adminKey }: EmbeddedBackend): Promise<void> {
    const jwk = { ...this.keys.publicKey.export({ format: "jwk" }), alg: "ES256", kid: this.kid, use: "sig" };
    const changes = [{ name: "ISSUER_JWKS", value: JSON.stringify({ keys: [jwk] }) }];
    const told = await post(`${cloudUrl}/api/update_environment_variables`, `Convex ${adminKey}`, { changes });
    if (!told.ok) throw new Error(await told.text());
    // The functions are loaded again with the key, which takes a moment.
    for (let tries = 0; tries < 100; tries++) {
      const call = { path: "notes:mine", format: "json", args: [{ drawer: "" }] };
      const answer = await post(`${cloudUrl}/api/query`, `Bearer ${this.token("somebody")}`, call);
      if (answer.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the backend does not accept the issuer's tokens");
  }
}

const post = (url: string, authorization: string, body: object) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify(body),
  });

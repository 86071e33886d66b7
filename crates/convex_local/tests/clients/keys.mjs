// Makes the keys for one test run, so that the repository contains no secrets.
// Prints { jwks, rsa, ed25519 }: a key set and two private keys as PEM.
import { generateKeyPairSync } from "node:crypto";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const jwk = ({ publicKey }, alg, kid) => ({ ...publicKey.export({ format: "jwk" }), alg, kid, use: "sig" });
const pem = ({ privateKey }) => privateKey.export({ format: "pem", type: "pkcs8" });

console.log(
  JSON.stringify({
    jwks: { keys: [jwk(rsa, "RS256", "rsa-1"), jwk(ed25519, "EdDSA", "ed-1")] },
    rsa: pem(rsa),
    ed25519: pem(ed25519),
  }),
);

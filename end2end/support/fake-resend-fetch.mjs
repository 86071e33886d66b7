// Resend's API, for the Node.js process that runs the functions: `node --import` this file. It writes the mails that it
// accepts to the file E2E_SENT_MAILS.
//
// As strict as the real one where it matters: a wrong key is refused, and so is a whole batch for a missing field or an
// address at example.com. Mails are sent once even if the request is repeated with its idempotency key. The first
// batch is refused, as in an outage.

import { appendFileSync } from "node:fs";
import { RESEND_API_KEY } from "./fake-resend-data.mjs";

const realFetch = globalThis.fetch;
const sentMails = process.env.E2E_SENT_MAILS;
/** Answers by idempotency key. */
const given = new Map();
let wasDown = false;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const { hostname, pathname } = new URL(request.url);
  if (hostname !== "api.resend.com") return realFetch(input, init);
  if (request.headers.get("authorization") !== `Bearer ${RESEND_API_KEY}`) {
    return refusal(401, "restricted_api_key", "The API key is wrong.");
  }
  if (request.method !== "POST" || pathname !== "/emails/batch") {
    return refusal(404, "not_found", "There is no such endpoint.");
  }
  if (!wasDown) {
    wasDown = true;
    return refusal(500, "internal_server_error", "Something went wrong.");
  }
  return take(request.headers.get("idempotency-key"), await request.json());
};

function take(key, mails) {
  const before = key && given.get(key);
  if (before) return Response.json(before);
  const incomplete = mails.find(({ from, to, subject, text, html }) => !from || !to?.length || !subject || !(text || html));
  if (incomplete) return refusal(422, "missing_required_field", "A field is missing.");
  const unreachable = mails.find(({ to }) => to.some((address) => address.endsWith("@example.com")));
  if (unreachable) return refusal(422, "validation_error", "Use a testing address instead of example.com.");
  for (const mail of mails) appendFileSync(sentMails, `${JSON.stringify(mail)}\n`);
  const answer = { data: mails.map(() => ({ id: crypto.randomUUID() })) };
  if (key) given.set(key, answer);
  return Response.json(answer);
}

const refusal = (statusCode, name, message) => Response.json({ statusCode, name, message }, { status: statusCode });

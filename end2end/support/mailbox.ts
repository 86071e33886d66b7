import type { Server } from "./server";

/** A mail that the functions kept instead of sending it. */
export interface DevMail {
  to: string;
  subject: string;
  text: string;
  link?: string;
}

/** Tells the workers where the mails of the server are that all specs share. */
export function shareMailbox({ backend }: Server): void {
  process.env.E2E_BACKEND_URL = backend.cloudUrl;
  process.env.E2E_ADMIN_KEY = backend.adminKey;
}

/** Whether the mails can be read; a server started by somebody else keeps its key to itself. */
export const canReadMails = () => Boolean(process.env.E2E_ADMIN_KEY);

/** The newest mail to an address. Better Auth answers only when a mail has gone out. */
export async function newestMail(to: string): Promise<DevMail> {
  const answer = await fetch(`${process.env.E2E_BACKEND_URL}/api/query`, {
    method: "POST",
    headers: {
      authorization: `Convex ${process.env.E2E_ADMIN_KEY}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ path: "emails:devMails", args: {}, format: "json" }),
  });
  const { value } = (await answer.json()) as { value: DevMail[] };
  const mail = value.find((mail) => mail.to === to);
  if (!mail) throw new Error(`no mail to ${to}`);
  return mail;
}

/** The link a mail is about. */
export async function mailedLink(to: string): Promise<string> {
  const { link, subject } = await newestMail(to);
  if (!link) throw new Error(`no link in "${subject}"`);
  return link;
}

/** The code a mail is about. */
export async function mailedCode(to: string): Promise<string> {
  const { text } = await newestMail(to);
  const code = /\b\d{6}\b/.exec(text)?.[0];
  if (!code) throw new Error(`no code in "${text}"`);
  return code;
}

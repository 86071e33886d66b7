import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "./server";

/** A mail that the functions kept instead of sending it. */
export interface DevMail {
  to: string;
  subject: string;
  text: string;
  link?: string;
}

/** Tells the workers where to find the mails of the shared server. */
export function shareMailbox({ backend, mailboxUrl }: Server): void {
  process.env.E2E_MAILBOX_URL = mailboxUrl;
  process.env.E2E_BACKEND_URL = backend.cloudUrl;
  process.env.E2E_ADMIN_KEY = backend.adminKey;
}

/** Returns the address of the mailbox page. A server that was started separately does not share its key. */
export const mailboxUrl = () => process.env.E2E_MAILBOX_URL ?? "/dev/mailbox";

/** Returns whether the mails can be read. A server that was started separately does not share its key. */
export const canReadMails = () => Boolean(process.env.E2E_ADMIN_KEY);

/** Mails that have been read. */
const read = new Set<string>();

/** Waits for the newest unread mail to an address: a job sends mails after the answer. */
export async function newestMail(
  to: string,
  patienceMs = 15_000,
  fits: (mail: DevMail) => boolean = () => true,
): Promise<DevMail> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const mail = (await mails()).find((mail) => mail.to === to && !read.has(mail._id) && fits(mail));
    if (mail) {
      read.add(mail._id);
      return mail;
    }
    if (Date.now() > end) throw new Error(`no mail to ${to}`);
    await pause(100);
  }
}

async function mails(): Promise<(DevMail & { _id: string })[]> {
  const answer = await fetch(`${process.env.E2E_BACKEND_URL}/api/query`, {
    method: "POST",
    headers: {
      authorization: `Convex ${process.env.E2E_ADMIN_KEY}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ path: "emails:devMails", args: {}, format: "json" }),
  });
  return ((await answer.json()) as { value: (DevMail & { _id: string })[] }).value;
}

/** Returns the link in the newest mail. */
export async function mailedLink(to: string): Promise<string> {
  const { link } = await newestMail(to, undefined, ({ link }) => link !== undefined);
  return link ?? "";
}

/** Returns the code in the newest mail. */
export async function mailedCode(to: string): Promise<string> {
  const { text } = await newestMail(to, undefined, ({ link }) => link === undefined);
  const code = /\b\d{6}\b/.exec(text)?.[0];
  if (!code) throw new Error(`no code in "${text}"`);
  return code;
}

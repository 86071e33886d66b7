import { requireRunMutationCtx } from "@convex-dev/better-auth/utils";
import type { GenericCtx } from "@convex-dev/better-auth";
import { v } from "convex/values";
import { internal } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
import { internalMutation, internalQuery } from "./_generated/server";

/** A mail to one person. `link` is what it is about, if it is about following one. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  link?: string;
}

const RESEND = "https://api.resend.com/emails";
/** Resend's own, which delivers to the account's owner alone. */
const DEFAULT_FROM = "onboarding@resend.dev";
/** No answer is waited for longer. */
const TIMEOUT_MS = 10_000;
/** How many mails the development mailbox keeps. */
const KEPT = 200;

/** Reads a variable of the functions' environment; empty counts as absent. */
const env = (name: string): string | undefined => process.env[name] || undefined;

/** Whether there is a mailbox on this machine: the embedded backend says so, in development. */
const hasMailbox = () => env("CONVEX_LOCAL_MAILBOX") === "1";

/** Whether mails go anywhere. */
export const canSendMail = () => env("RESEND_API_KEY") !== undefined || hasMailbox();

/**
 * Sends a mail through Resend, or keeps it in the development mailbox.
 *
 * Over plain HTTP rather than by the component `@convex-dev/resend`: that one sends from scheduled functions, later
 * and in batches, and each Better Auth route that mails runs in an HTTP action anyway.
 *
 * @throws when neither is set up, or Resend refuses.
 */
export const sendMail = async (ctx: GenericCtx<DataModel>, mail: Mail): Promise<void> => {
  const key = env("RESEND_API_KEY");
  if (key) return await sendByResend(key, mail);
  if (!hasMailbox()) {
    throw new Error(
      "No mail can be sent: set RESEND_API_KEY (and EMAIL_FROM) in the environment of the functions.",
    );
  }
  await requireRunMutationCtx(ctx).runMutation(internal.emails.keepDevMail, { ...mail });
};

const sendByResend = async (key: string, { to, subject, text }: Mail) => {
  const response = await fetch(RESEND, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ from: env("EMAIL_FROM") ?? DEFAULT_FROM, to: [to], subject, text }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    // Resend's text names the key or the domain that is wrong, not the mail.
    throw new Error(`Resend refused a mail (${response.status}): ${await response.text()}`);
  }
};

const mail = { to: v.string(), subject: v.string(), text: v.string(), link: v.optional(v.string()) };

/** Keeps a mail, and forgets the oldest beyond what the mailbox holds. */
export const keepDevMail = internalMutation({
  args: mail,
  returns: v.null(),
  handler: async (ctx, args) => {
    await ctx.db.insert("devMails", { ...args, sentAt: Date.now() });
    const kept = await ctx.db.query("devMails").order("desc").take(KEPT + 1);
    if (kept[KEPT]) await ctx.db.delete(kept[KEPT]._id);
    return null;
  },
});

/** The mails kept, newest first. Internal: who reads them can take over every account. */
export const devMails = internalQuery({
  args: {},
  returns: v.array(
    v.object({ _id: v.id("devMails"), _creationTime: v.number(), ...mail, sentAt: v.number() }),
  ),
  handler: async (ctx) => await ctx.db.query("devMails").order("desc").take(KEPT),
});

/** Forgets the mails kept. */
export const clearDevMails = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    for (const { _id } of await ctx.db.query("devMails").collect()) await ctx.db.delete(_id);
    return null;
  },
});

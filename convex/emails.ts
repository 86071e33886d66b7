import { requireRunMutationCtx } from "@convex-dev/better-auth/utils";
import type { GenericCtx } from "@convex-dev/better-auth";
import { Resend } from "@convex-dev/resend";
import { v } from "convex/values";
import { components, internal } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
import { internalMutation, internalQuery, type MutationCtx } from "./_generated/server";
import { MAILS } from "./accountLimits";
import { env } from "./environment";
import { count, counterKey, isLimited } from "./rateLimit";

/** A mail to one person. `link` is the link in it, if it has one. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  link?: string;
}

/** Resend's own sender, which delivers only to the owner of the Resend account. */
const DEFAULT_FROM = "onboarding@resend.dev";
/**
 * If Resend cannot be reached, a mail is tried again after this time, then after twice as long, and so on. It is short,
 * because the links and codes in mails expire soon.
 */
const RETRY_MS = 2_000;
const RETRIES = 5;
/**
 * Addresses that no mail reaches (RFC 2606, RFC 6761), and test.com. Resend refuses them with status 422, together with
 * all mails of other people that are sent in the same second: the component sends them in one batch.
 */
const UNREACHABLE = /[@.](example|invalid|localhost|test|example\.(com|net|org)|test\.com)$/i;
/** How long a mail is kept after it was sent. Its links and codes can sign people in, for a short time. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** How many mails the development mailbox keeps. */
const KEPT = 200;

/** Whether there is a mailbox on this machine. In development the embedded backend sets this. */
const hasMailbox = () => env("CONVEX_LOCAL_MAILBOX") === "1";

/** Whether mails are sent or kept at all. */
export const canSendMail = () => env("RESEND_API_KEY") !== undefined || hasMailbox();

/**
 * Schedules a job for a mail. The job gives it to the Resend component, which sends it within seconds, once, and through
 * outages; or it keeps the mail in the development mailbox. No request waits for it, so the time of an answer does not tell
 * whether somebody was mailed. The log shows what Resend refuses, and mails over the recipient's limit ([`MAILS`]).
 *
 * @throws when neither is set up.
 */
export const sendMail = async (ctx: GenericCtx<DataModel>, mail: Mail): Promise<void> => {
  if (!canSendMail()) {
    throw new Error(
      "No mail can be sent: set RESEND_API_KEY (and EMAIL_FROM) in the environment of the functions.",
    );
  }
  const counter = await counterKey("mail sent", mail.to.toLowerCase());
  await requireRunMutationCtx(ctx).scheduler.runAfter(0, internal.emails.deliver, { ...mail, counter });
};

const mail = { to: v.string(), subject: v.string(), text: v.string(), link: v.optional(v.string()) };

/** Sends a mail or keeps it, and counts it for its recipient in the same transaction. */
export const deliver = internalMutation({
  args: { ...mail, counter: v.string() },
  returns: v.null(),
  handler: async (ctx, { counter, ...letter }) => {
    if (isLimited() && (await count(ctx, counter, MAILS)) !== null) {
      console.warn(`A mail was not sent: its recipient had ${MAILS.max} within the hour.`);
      return null;
    }
    const apiKey = env("RESEND_API_KEY");
    if (!apiKey) return await keep(ctx, letter);
    const options = { apiKey, testMode: false, initialBackoffMs: RETRY_MS, retryAttempts: RETRIES };
    const { to, subject, text } = letter;
    if (UNREACHABLE.test(to)) return null;
    const from = env("EMAIL_FROM") ?? DEFAULT_FROM;
    await new Resend(components.resend, options).sendEmail(ctx, { from, to, subject, text });
    return null;
  },
});

/** Keeps a mail, and deletes the oldest one if the mailbox is full. */
const keep = async (ctx: MutationCtx, letter: Mail): Promise<null> => {
  await ctx.db.insert("devMails", { ...letter, sentAt: Date.now() });
  const kept = await ctx.db.query("devMails").order("desc").take(KEPT + 1);
  if (kept[KEPT]) await ctx.db.delete(kept[KEPT]._id);
  return null;
};

/** Lists the kept mails, newest first. Internal, because anybody who reads them can take over every account. */
export const devMails = internalQuery({
  args: {},
  returns: v.array(
    v.object({ _id: v.id("devMails"), _creationTime: v.number(), ...mail, sentAt: v.number() }),
  ),
  handler: async (ctx) => await ctx.db.query("devMails").order("desc").take(KEPT),
});

/** Deletes the kept mails. */
export const clearDevMails = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    for (const { _id } of await ctx.db.query("devMails").collect()) await ctx.db.delete(_id);
    return null;
  },
});

/** Deletes mails of the Resend component that are a day old. */
export const forgetSentMails = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const old = { olderThan: REMEMBERED_MS };
    await ctx.runMutation(components.resend.lib.cleanupOldEmails, old);
    await ctx.runMutation(components.resend.lib.cleanupAbandonedEmails, old);
    return null;
  },
});

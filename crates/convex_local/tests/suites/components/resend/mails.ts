import { Resend, vOnEmailEventArgs } from "@convex-dev/resend";
import { anyApi, componentsGeneric, internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const resend = new Resend(componentsGeneric().resend as any, {
  apiKey: "re_test",
  webhookSecret: "whsec_dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw==",
  testMode: false,
  onEmailEvent: anyApi.mails.note as any,
});

export const send = mutationGeneric({
  args: { to: v.string() },
  handler: (ctx, { to }) =>
    resend.sendEmail(ctx as any, { from: "Us <us@example.com>", to, subject: "Hello", text: "Hello there" }),
});

export const status = queryGeneric({
  args: { id: v.string() },
  handler: (ctx, { id }) => resend.status(ctx as any, id as any),
});

export const cancel = mutationGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => void (await resend.cancelEmail(ctx as any, id as any)),
});

export const note = internalMutationGeneric({
  args: vOnEmailEventArgs as any,
  handler: async (ctx, { event }: any) => void (await ctx.db.insert("events", { type: event.type })),
});

export { resend };

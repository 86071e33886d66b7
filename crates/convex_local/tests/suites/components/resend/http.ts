import { httpActionGeneric, httpRouter } from "convex/server";
import { resend } from "./mails";

const http = httpRouter();

http.route({
  path: "/resend-webhook",
  method: "POST",
  handler: httpActionGeneric((ctx, request) => resend.handleResendEventWebhook(ctx as any, request)),
});

export default http;

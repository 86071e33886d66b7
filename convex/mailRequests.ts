// Routes that send a mail only if there is an account. Neither their answer nor its time may reveal whether there is
// one. So they answer before anything is looked up, and a job does the rest.

import { requireRunMutationCtx } from "@convex-dev/better-auth/utils";
import type { GenericCtx } from "@convex-dev/better-auth";
import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { createAuthMiddleware, getSessionFromCtx, requestPasswordReset } from "better-auth/api";
import { internal } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";

/** The answers of Better Auth, the same for everybody. */
const ANSWERS: Record<string, object> = {
  "/request-password-reset": {
    status: true,
    message: "If this email exists in our system, check your email for the reset link",
  },
  "/send-verification-email": { status: true },
  "/email-otp/send-verification-otp": { success: true },
  "/email-otp/request-password-reset": { success: true },
  "/forget-password/email-otp": { success: true },
};

/**
 * Schedules a job for the work of the routes above. In the list of plugins it must come after those that count
 * requests.
 */
export const mailRequests = (ctx: GenericCtx<DataModel>) =>
  ({
    id: "mail-requests",
    hooks: {
      before: [
        {
          // The job calls them without a request.
          matcher: ({ path, request }) => path !== undefined && Object.hasOwn(ANSWERS, path) && request !== undefined,
          handler: createAuthMiddleware(async (endpoint) => {
            if (!(await canWait(endpoint))) return;
            const { scheduler } = requireRunMutationCtx(ctx);
            await scheduler.runAfter(0, internal.mailJobs.ask, { route: endpoint.path, body: endpoint.body });
            return endpoint.json(ANSWERS[endpoint.path] ?? null);
          }),
        },
      ],
      after: [
        {
          // If the new address is taken, nothing is mailed. Another job is scheduled instead.
          matcher: ({ path, request }) => path === "/change-email" && request !== undefined,
          handler: createAuthMiddleware(async ({ body, context }) => {
            const newEmail = typeof body?.newEmail === "string" ? body.newEmail.toLowerCase() : "";
            if (!(await context.internalAdapter.findUserByEmail(newEmail))) return;
            await requireRunMutationCtx(ctx).scheduler.runAfter(0, internal.mailJobs.nothing, {});
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

/** Returns whether the request can be answered at once. Better Auth itself refuses invalid requests. */
const canWait = async (endpoint: GenericEndpointContext): Promise<boolean> => {
  const { path, body, context } = endpoint;
  if (!requestPasswordReset.options.body.safeParse({ email: body?.email }).success) return false;
  const isHere = (url: unknown) => context.isTrustedOrigin(String(url), { allowRelativePaths: true });
  if (![body.redirectTo, body.callbackURL].every((url) => url === undefined || isHere(url))) return false;
  switch (path) {
    case "/send-verification-email":
      // It is their own address.
      return !(await getSessionFromCtx(endpoint, { disableRefresh: true }));
    case "/email-otp/send-verification-otp":
      // Codes to sign in are mailed to every address.
      return body.type === "email-verification" || body.type === "forget-password";
    default:
      return true;
  }
};

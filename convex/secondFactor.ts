// Two-factor sign-in: a code after the password.

import type { GenericCtx } from "@convex-dev/better-auth";
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import { twoFactor } from "better-auth/plugins/two-factor";
import type { DataModel } from "./_generated/dataModel";
import { forgetDevices } from "./claims";
import { sendMail } from "./emails";
import * as mails from "./mails";

/** The plugin for Better Auth's options. */
export const secondFactor = (ctx: GenericCtx<DataModel>) =>
  twoFactor({
    // It reads and writes its count in two steps here, so concurrent codes would pass. `accountLimits` counts instead.
    accountLockout: { enabled: false },
    otpOptions: { sendOTP: async ({ user, otp }) => sendMail(ctx, mails.oneTimeCode(user.email, otp)) },
  });

/** The routes after which a device that was trusted before is not. A reset of the password is one more, see `claims.ts`. */
const FORGETS_DEVICES = ["/two-factor/enable", "/two-factor/disable", "/change-password"];

/** Ends the trust in devices when the second factor or the password changes. Better Auth keeps it for thirty days. */
export const trustedDevices = () =>
  ({
    id: "trusted-devices",
    hooks: {
      after: [
        {
          matcher: ({ path }) => path !== undefined && FORGETS_DEVICES.includes(path),
          handler: createAuthMiddleware(async (endpoint) => {
            const { adapter, newSession, returned } = endpoint.context;
            if (isAPIError(returned)) return;
            const session = newSession ?? (await getSessionFromCtx(endpoint, { disableRefresh: true }));
            if (session) await forgetDevices(adapter, session.user.id);
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

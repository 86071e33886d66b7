// Two-factor sign-in: a code after the password.

import type { GenericCtx } from "@convex-dev/better-auth";
import { twoFactor } from "better-auth/plugins/two-factor";
import type { DataModel } from "./_generated/dataModel";
import { sendMail } from "./emails";
import * as mails from "./mails";

/** The plugin for Better Auth's options. */
export const secondFactor = (ctx: GenericCtx<DataModel>) =>
  twoFactor({
    // It reads and writes its count in two steps here, so concurrent codes would pass. `accountLimits` counts instead.
    accountLockout: { enabled: false },
    otpOptions: { sendOTP: async ({ user, otp }) => sendMail(ctx, mails.oneTimeCode(user.email, otp)) },
  });

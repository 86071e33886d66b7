// The texts of the mails about accounts. Links lead to pages of the app; see `links.ts`.

import type { Mail } from "./emails";

/** The name of the app in mails and in authenticator apps. */
export const APP_NAME = "Leptos + Convex";

const letter = (to: string, subject: string, text: string[], link?: string): Mail => ({
  to,
  subject,
  text: [...text.slice(0, 1), ...(link ? [link] : []), ...text.slice(1)].join("\n\n"),
  ...(link && { link }),
});

const NOT_YOU = "If you did not ask for this, you can ignore this mail.";

export const confirmAddress = (to: string, link: string) =>
  letter(to, "Confirm your email address", ["Follow this link to confirm your address:", NOT_YOU], link);

export const resetPassword = (to: string, link: string) =>
  letter(to, "Reset your password", ["Follow this link to choose a new password. It is good for an hour:", NOT_YOU], link);

export const confirmNewAddress = (to: string, newEmail: string, link: string) =>
  letter(
    to,
    "Confirm the change of your email address",
    [
      `Follow this link to change the address of your account to ${newEmail}:`,
      "If you did not ask for this, do not follow it, and change your password.",
    ],
    link,
  );

export const magicLink = (to: string, link: string) =>
  letter(to, "Your sign-in link", ["Follow this link to sign in. It works once, for five minutes:", NOT_YOU], link);

// The code is not in the subject, which locked screens show.
export const oneTimeCode = (to: string, code: string) =>
  letter(to, "Your code", [`Your code is ${code}. It is good for a few minutes.`, NOT_YOU]);

// The development mailbox, read in the browser.

import { type Locator, type Page, expect } from "@playwright/test";
import { mailboxUrl } from "./mailbox";

/** Returns the address in the newest mail to `email` whose subject matches. */
export async function linkInMail(page: Page, email: string, subject: RegExp): Promise<string> {
  const link = await readMail(page, email, subject, (mail) => mail.getByRole("link").getAttribute("href"));
  expect(link).not.toBeNull();
  return link ?? "";
}

/** Returns the code in the newest mail to `email`. */
export async function codeInMail(page: Page, email: string): Promise<string> {
  const text = await readMail(page, email, /^Your code$/, (mail) => mail.textContent());
  return /\b\d{6}\b/.exec(text ?? "")?.[0] ?? "";
}

/** Waits for the newest mail to `email` whose subject matches, and reads it. */
async function readMail<T>(
  page: Page,
  email: string,
  subject: RegExp,
  read: (mail: Locator) => Promise<T>,
): Promise<T> {
  const mailbox = await page.context().newPage();
  const mail = mailbox
    .getByRole("listitem")
    .filter({ hasText: `To ${email}` })
    .filter({ has: mailbox.getByRole("heading", { name: subject }) })
    .first();
  await expect(async () => {
    await mailbox.goto(mailboxUrl());
    await expect(mail).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  const found = await read(mail);
  await mailbox.close();
  return found;
}

// The development mailbox, read as a person would.

import { type Page, expect } from "@playwright/test";

/** The address in the newest mail to `email` whose subject fits. */
export async function linkInMail(page: Page, email: string, subject: RegExp): Promise<string> {
  const mailbox = await page.context().newPage();
  const mail = mailbox
    .getByRole("listitem")
    .filter({ hasText: `To ${email}` })
    .filter({ has: mailbox.getByRole("heading", { name: subject }) })
    .first();
  await expect(async () => {
    await mailbox.goto("/dev/mailbox");
    await expect(mail).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  const link = await mail.getByRole("link").getAttribute("href");
  await mailbox.close();
  expect(link).not.toBeNull();
  return link ?? "";
}

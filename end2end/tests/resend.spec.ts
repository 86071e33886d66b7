// Mails as in production: sent by the Resend component, in the background, in spite of an outage.

import { newPerson, sendSignUp } from "../support/people";
import { EMAIL_FROM } from "../support/fake-resend-data.mjs";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

test("each mail goes out through Resend once, even if Resend is down for a while", async ({ page }) => {
  const server = await Server.start({ resend: true });
  try {
    // Resend accepts no mail to example.com.
    const person = newPerson();
    person.email = person.email.replace("@example.com", "@mail.dev");
    await page.goto(`${server.url}/sign-up`);
    await sendSignUp(page, person);
    await expect(page.getByText(`Signed in as ${person.name}`)).toBeVisible();

    const link = async () => {
      await expect.poll(() => server.sentMails.length, { timeout: 30_000 }).toBe(1);
      const [mail] = server.sentMails;
      expect(mail).toMatchObject({ from: EMAIL_FROM, to: [person.email], subject: "Confirm your email address" });
      return /http\S+/.exec(mail?.text ?? "")?.[0] ?? "";
    };
    await page.goto(await link());
    await page.goto(`${server.url}/settings`);
    await expect(page.getByText(`${person.email}, confirmed`)).toBeVisible();
    // Nothing is kept for the development mailbox.
    await page.goto(server.mailboxUrl);
    await expect(page.getByText("No mails yet.")).toBeVisible();
    expect(server.sentMails).toHaveLength(1);
  } finally {
    await server.remove();
  }
});

// Too many tries, as a server on the internet counts them by itself; with WebAssembly and as plain forms.

import { expectSignedOut, newPerson, sendSignIn } from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

test("who tries too often is told when to try again", async ({ page, context }) => {
  const server = await Server.start({ rateLimit: true });
  try {
    const person = newPerson();
    const signUp = await context.request.post(`${server.url}/api/auth/sign-up/email`, {
      headers: { origin: server.url },
      data: person,
    });
    expect(signUp.status()).toBe(200);
    await context.clearCookies();

    await page.goto(`${server.url}/sign-in`);
    const alert = page.getByRole("alert");
    await expect(async () => {
      await sendSignIn(page, { ...person, password: "not the password" });
      await expect(alert).toHaveText(/^Too many attempts\. Try again in \d+ seconds?\.$/, { timeout: 2_000 });
    }).toPass({ timeout: 20_000, intervals: [0] });
    await expect(page.getByLabel("Email")).toHaveValue(person.email);
    // The right password does not help either.
    await sendSignIn(page, person);
    await expect(alert).toHaveText(/^Too many attempts/);
    await page.goto(`${server.url}/`);
    await expectSignedOut(page);
  } finally {
    await server.remove();
  }
});

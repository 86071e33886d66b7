// Too many tries, with the limits of a public server; with WebAssembly and as plain forms.

import type { APIRequestContext } from "@playwright/test";
import { expectSignedOut, newPerson, sendSignIn } from "../support/people";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

test("after too many attempts the form says when to try again", async ({ page, context }) => {
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
    const url = `${server.url}/api/auth/sign-in/email`;
    /** Sends the form after the tries in this window of the limit are used up. */
    const sendTooLate = async (password: string) => {
      await passed(context.request, url, 5, 401, { ...person, password: "not the password" });
      await sendSignIn(page, { ...person, password });
      await expect(alert).toHaveText(/^Too many attempts\. Try again in \d+ seconds?\.$/, { timeout: 5_000 });
    };
    // On a slow machine a window may end in between.
    await expect(() => sendTooLate("not the password")).toPass({ timeout: 40_000 });
    await expect(page.getByLabel("Email")).toHaveValue(person.email);
    // The right password is refused too.
    await sendTooLate(person.password);
    await page.goto(`${server.url}/`);
    await expectSignedOut(page);
  } finally {
    await server.remove();
  }
});

/** Sends `many` concurrent requests and counts those that pass a limit. The others must be told to wait. */
async function passed(request: APIRequestContext, url: string, many: number, status: number, data: object) {
  const ask = () => request.post(url, { headers: { origin: new URL(url).origin }, data });
  const answers = await Promise.all(Array.from({ length: many }, ask));
  const refused = answers.filter((answer) => answer.status() === 429);
  for (const answer of refused) expect(Number(answer.headers()["x-retry-after"])).toBeGreaterThan(0);
  const rest = answers.filter((answer) => answer.status() !== 429);
  expect(rest.map((answer) => answer.status())).toEqual(rest.map(() => status));
  return rest.length;
}

test("of 40 concurrent requests no more than the limit pass, and none fails", async ({ request }) => {
  const server = await Server.start({ rateLimit: true });
  try {
    const person = newPerson();
    const auth = `${server.url}/api/auth`;
    const sent = await request.post(`${auth}/sign-up/email`, { headers: { origin: server.url }, data: person });
    expect(sent.status()).toBe(200);
    const began = Date.now();
    // Each window of a limit lets three pass. A slow machine may see more than one window.
    const most = (seconds: number) => 3 * (1 + Math.floor((Date.now() - began) / 1000 / seconds));
    const wrong = { ...person, password: "not the password" };
    expect(await passed(request, `${auth}/sign-in/email`, 40, 401, wrong)).toBeLessThanOrEqual(most(10));
    const reset = { email: person.email };
    expect(await passed(request, `${auth}/request-password-reset`, 40, 200, reset)).toBeLessThanOrEqual(most(60));
  } finally {
    await server.remove();
  }
});

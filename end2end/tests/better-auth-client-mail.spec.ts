// Mails requested with Better Auth's own JavaScript client, through the server's proxy.

import { clientAt } from "../support/better-auth";
import { canReadMails, mailedCode, mailedLink, newestMail } from "../support/mailbox";
import { newPerson } from "../support/people";
import { expect, test } from "../support/test";

// Hashing a password takes a while, and longer on a busy machine.
test.describe.configure({ timeout: 120_000 });
test.skip(() => !canReadMails(), "the mails of a server started elsewhere cannot be read");

test("confirms an address with a mailed link", async ({ baseURL }) => {
  const person = newPerson();
  const { client, follow } = clientAt(baseURL);
  await client.signUp.email(person);
  expect((await client.getSession()).data?.user.emailVerified).toBe(false);

  const { email } = person;
  await newestMail(email);
  expect((await client.sendVerificationEmail({ email, callbackURL: "/dashboard" })).error).toBeNull();
  const landed = await follow(await mailedLink(email));
  expect(landed.href).toBe(`${baseURL}/dashboard`);
  expect((await client.getSession()).data?.user.emailVerified).toBe(true);

  const garbled = await clientAt(baseURL).client.verifyEmail({ query: { token: "garbled" } });
  expect(garbled.error).toMatchObject({ status: 401, code: "INVALID_TOKEN" });
});

test("resets a forgotten password with a mailed link, once", async ({ baseURL }) => {
  const person = newPerson();
  const [before, after] = [clientAt(baseURL), clientAt(baseURL)];
  await before.client.signUp.email(person);
  await newestMail(person.email);

  const asked = await after.client.requestPasswordReset({ email: person.email, redirectTo: "/reset-password" });
  const unknown = await after.client.requestPasswordReset({ email: newPerson().email, redirectTo: "/reset-password" });
  expect(asked.error).toBeNull();
  expect(unknown).toEqual(asked);

  const page = await after.follow(await mailedLink(person.email));
  expect(page.origin + page.pathname).toBe(`${baseURL}/reset-password`);
  const reset = { newPassword: "another password", token: page.searchParams.get("token") ?? "" };
  expect((await after.client.resetPassword(reset)).data).toEqual({ status: true });
  expect((await after.client.resetPassword(reset)).error).toMatchObject({ status: 400, code: "INVALID_TOKEN" });

  expect((await before.client.getSession()).data).toBeNull();
  expect((await after.client.signIn.email(person)).error?.status).toBe(401);
  const signedIn = await after.client.signIn.email({ ...person, password: reset.newPassword });
  expect(signedIn.error).toBeNull();
});

test("changes a confirmed address once both addresses have confirmed", async ({ baseURL }) => {
  const [person, { email: newEmail }] = [newPerson(), newPerson()];
  const { client, follow } = clientAt(baseURL);
  await client.signUp.email(person);
  await follow(await mailedLink(person.email));

  expect((await client.changeEmail({ newEmail, callbackURL: "/dashboard" })).error).toBeNull();
  await follow(await mailedLink(person.email));
  expect((await client.getSession()).data?.user.email).toBe(person.email);
  await follow(await mailedLink(newEmail));
  expect((await client.getSession()).data?.user).toMatchObject({ email: newEmail, emailVerified: true });

  const { client: elsewhere } = clientAt(baseURL);
  expect((await elsewhere.signIn.email(person)).error?.status).toBe(401);
  expect((await elsewhere.signIn.email({ ...person, email: newEmail })).error).toBeNull();
});

test("signs in with a mailed link, once", async ({ baseURL }) => {
  const person = newPerson();
  await clientAt(baseURL).client.signUp.email(person);

  const { email } = person;
  await newestMail(email);
  const { client, follow } = clientAt(baseURL);
  expect((await client.signIn.magicLink({ email, callbackURL: "/dashboard" })).data).toEqual({ status: true });
  const link = await mailedLink(email);
  expect((await follow(link)).href).toBe(`${baseURL}/dashboard`);
  expect((await client.getSession()).data?.user.name).toBe(person.name);

  const other = clientAt(baseURL);
  expect((await other.follow(link)).searchParams.get("error")).toBe("INVALID_TOKEN");
  expect((await other.client.getSession()).data).toBeNull();
});

test("a link leads only to this site", async ({ baseURL }) => {
  const { client } = clientAt(baseURL);
  const { email } = newPerson();
  const away = { email, callbackURL: "https://evil.example/" };
  expect((await client.signIn.magicLink(away)).error?.status).toBe(403);
  const reset = { email, redirectTo: "https://evil.example/" };
  expect((await client.requestPasswordReset(reset)).error?.status).toBe(403);
  await expect(newestMail(email, 1_000)).rejects.toThrow("no mail");
});

test("signs in with a mailed code, which is good for nothing else", async ({ baseURL }) => {
  const person = newPerson();
  await clientAt(baseURL).client.signUp.email(person);

  const { email } = person;
  await newestMail(email);
  const { client } = clientAt(baseURL);
  await client.emailOtp.sendVerificationOtp({ email, type: "sign-in" });
  const otp = await mailedCode(email);
  const wrong = otp === "000000" ? "111111" : "000000";
  expect((await client.signIn.emailOtp({ email, otp: wrong })).error?.code).toBe("INVALID_OTP");
  expect((await client.signIn.emailOtp({ email, otp })).data?.user).toMatchObject({ name: person.name });
  expect((await clientAt(baseURL).client.signIn.emailOtp({ email, otp })).error?.status).toBe(400);

  const code = { email, otp, password: "another password" };
  for (const refused of [
    client.emailOtp.requestPasswordReset(code),
    client.emailOtp.resetPassword(code),
    client.emailOtp.verifyEmail(code),
  ]) {
    expect((await refused).error?.status).toBe(404);
  }
});

// Sessions, linked accounts and second factors in Better Auth's own JavaScript client, through the server's proxy.

import { clientAt } from "../support/better-auth";
import { canReadMails, mailedCode } from "../support/mailbox";
import { newPerson, type Person } from "../support/people";
import { totp } from "../support/totp";
import { expect, test } from "../support/test";

// Hashing a password takes a while, and longer on a busy machine.
test.describe.configure({ timeout: 120_000 });

/** Returns a browser in which a new person is signed in. */
async function signedUp(baseURL: string) {
  const person = newPerson();
  const browser = clientAt(baseURL);
  expect((await browser.client.signUp.email(person)).error).toBeNull();
  return { ...browser, person };
}

/** Returns another browser in which the same person is signed in. */
async function signedIn(baseURL: string, person: Person) {
  const browser = clientAt(baseURL);
  expect((await browser.client.signIn.email(person)).error).toBeNull();
  return browser;
}

test("lists the sessions, and ends one, all others, and all", async ({ baseURL }) => {
  const { client, person } = await signedUp(baseURL);
  const [phone, tablet] = [await signedIn(baseURL, person), await signedIn(baseURL, person)];
  const tokenOf = async ({ client }: typeof phone) => (await client.getSession()).data?.session.token ?? "";
  const listed = async () => (await client.listSessions()).data?.map(({ token }) => token).sort();
  const own = (await client.getSession()).data?.session.token ?? "";
  expect(await listed()).toEqual([own, await tokenOf(phone), await tokenOf(tablet)].sort());

  expect((await client.revokeSession({ token: await tokenOf(phone) })).error).toBeNull();
  expect((await phone.client.getSession()).data).toBeNull();
  expect((await tablet.client.getSession()).data).not.toBeNull();
  expect((await client.revokeOtherSessions()).error).toBeNull();
  expect((await tablet.client.getSession()).data).toBeNull();
  expect(await listed()).toEqual([own]);
  expect((await client.revokeSessions()).error).toBeNull();
  expect((await client.getSession()).data).toBeNull();
});

test("a person cannot end somebody else's session", async ({ baseURL }) => {
  const [ada, eve] = [await signedUp(baseURL), await signedUp(baseURL)];
  const token = (await ada.client.getSession()).data?.session.token ?? "";
  await eve.client.revokeSession({ token });
  expect((await ada.client.getSession()).data?.user.email).toBe(ada.person.email);
});

test("lists and links accounts, and keeps the last way to sign in", async ({ baseURL }) => {
  const { client } = await signedUp(baseURL);
  const { data: accounts } = await client.listAccounts();
  expect(accounts).toMatchObject([{ providerId: "credential" }]);
  const unlinked = await client.unlinkAccount({ providerId: "credential" });
  expect(unlinked.error).toMatchObject({ status: 400, code: "FAILED_TO_UNLINK_LAST_ACCOUNT" });

  const link = { provider: "github", callbackURL: "/settings", disableRedirect: true } as const;
  const { data } = await client.linkSocial(link);
  expect(new URL(data?.url ?? "").host).toBe("github.com");
});

test("deletes an account only with its password", async ({ baseURL }) => {
  const { client, person } = await signedUp(baseURL);
  const refused = await client.deleteUser({ password: "not the password" });
  expect(refused.error).toMatchObject({ status: 400, code: "INVALID_PASSWORD" });
  expect((await client.getSession()).data).not.toBeNull();

  expect((await client.deleteUser({ password: person.password })).error).toBeNull();
  expect((await client.getSession()).data).toBeNull();
  expect((await client.signIn.email(person)).error?.status).toBe(401);
});

test.describe("with a second factor", () => {
  /** Returns a browser that is signed in to an account with a second factor. */
  async function guarded(baseURL: string) {
    const browser = await signedUp(baseURL);
    const { password } = browser.person;
    const { data } = await browser.client.twoFactor.enable({ password });
    const { totpURI: uri, backupCodes } = data ?? { totpURI: "", backupCodes: [] };
    expect((await browser.client.getSession()).data?.user.twoFactorEnabled).not.toBe(true);
    const used = totp(uri);
    expect((await browser.client.twoFactor.verifyTotp({ code: used })).error).toBeNull();
    expect((await browser.client.getSession()).data?.user.twoFactorEnabled).toBe(true);
    return { ...browser, uri, used, backupCodes };
  }

  /** Returns a browser in which the password was accepted and the second factor is still needed. */
  async function challenged(baseURL: string, person: Person) {
    const browser = clientAt(baseURL);
    const { data } = await browser.client.signIn.email(person);
    expect(data).toMatchObject({ twoFactorRedirect: true });
    expect((await browser.client.getSession()).data).toBeNull();
    return browser;
  }

  test("a code from the authenticator app signs in, and a wrong one does not", async ({ baseURL }) => {
    const { person, uri, used } = await guarded(baseURL);
    const { client } = await challenged(baseURL, person);
    const wrong = totp(uri) === "000000" ? "111111" : "000000";
    expect((await client.twoFactor.verifyTotp({ code: wrong })).error?.code).toBe("INVALID_CODE");
    expect((await client.getSession()).data).toBeNull();
    expect((await client.twoFactor.verifyTotp({ code: used })).error?.code).toBe("INVALID_CODE");
    expect((await client.twoFactor.verifyTotp({ code: totp(uri, 1) })).error).toBeNull();
    expect((await client.getSession()).data?.user.email).toBe(person.email);
  });

  test("a backup code signs in once, and new ones replace the old", async ({ baseURL }) => {
    const { client: own, person, backupCodes } = await guarded(baseURL);
    const tryCode = async (code = "") => {
      const { client } = await challenged(baseURL, person);
      return (await client.twoFactor.verifyBackupCode({ code })).error?.status;
    };
    expect(await tryCode(backupCodes[0])).toBeUndefined();
    expect(await tryCode(backupCodes[0])).toBe(401);
    const { data } = await own.twoFactor.generateBackupCodes({ password: person.password });
    expect(await tryCode(backupCodes[1])).toBe(401);
    expect(await tryCode(data?.backupCodes[0])).toBeUndefined();
  });

  test("a mailed code signs in", async ({ baseURL }) => {
    test.skip(!canReadMails(), "the mails of a server started elsewhere cannot be read");
    const { person } = await guarded(baseURL);
    const { client } = await challenged(baseURL, person);
    expect((await client.twoFactor.sendOtp()).error).toBeNull();
    const code = await mailedCode(person.email);
    expect((await client.twoFactor.verifyOtp({ code })).error).toBeNull();
    expect((await client.getSession()).data?.user.email).toBe(person.email);
  });

  test("a trusted browser needs no code, and no browser needs one once two-factor sign-in is off", async ({ baseURL }) => {
    const { client, person, uri } = await guarded(baseURL);
    const trusted = await challenged(baseURL, person);
    await trusted.client.twoFactor.verifyTotp({ code: totp(uri, 1), trustDevice: true });
    await trusted.client.signOut();
    expect((await trusted.client.signIn.email(person)).data).toMatchObject({ user: { email: person.email } });

    expect((await client.twoFactor.disable({ password: "not the password" })).error?.status).toBe(400);
    expect((await client.twoFactor.disable({ password: person.password })).error).toBeNull();
    await signedIn(baseURL, person);
  });
});

import { expect, test, vi } from "vitest";
import { components, internal } from "./_generated/api";
import {
  ann,
  askForCode,
  askForLink,
  askForReset,
  backend,
  type Backend,
  backendWithResend,
  cookies,
  getAs,
  newestMail,
  PASSWORD,
  post,
  postAs,
  sessionOf,
  settled,
  signUp,
  switchSecondFactorOn,
  tokenOf,
  totp,
  withMailbox,
} from "./testing.setup";

withMailbox();

test("the link in the mail after signing up confirms the address", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const mail = await newestMail(t);
  expect(mail).toMatchObject({ to: ann.email, subject: "Confirm your email address" });
  expect(mail.text).toContain(mail.link);
  expect((await getAs(t, cookie, `/verify-email?token=${tokenOf(mail.link!)}`)).status).toBe(200);
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ emailVerified: true });
});

test("a mailed link resets a forgotten password once, and ends the sessions", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const asked = { email: ann.email, redirectTo: "/reset-password" };
  expect((await post(t, "/request-password-reset", asked)).status).toBe(200);
  const { link } = await newestMail(t);
  expect(link).toMatch(/^http:\/\/localhost:3000\/reset-password\?token=\w+$/);
  const reset = { newPassword: "battery staple", token: tokenOf(link!) };
  expect((await post(t, "/reset-password", reset)).status).toBe(200);
  expect((await post(t, "/reset-password", reset)).status).toBe(400);
  expect(await sessionOf(t, cookie)).toBeNull();
  expect((await post(t, "/sign-in/email", ann)).status).toBe(401);
  const again = { ...ann, password: "battery staple" };
  expect((await post(t, "/sign-in/email", again)).status).toBe(200);
});

test("a reset does not reveal who has an account", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const ask = async (email: string) => {
    const response = await post(t, "/request-password-reset", { email });
    return [response.status, await response.json()];
  };
  expect(await ask("nobody@example.com")).toEqual(await ask(ann.email));
});

test("a link and a code sign in", async () => {
  const t = backend();
  const link = { email: ann.email, callbackURL: "/dashboard" };
  expect((await post(t, "/sign-in/magic-link", link)).status).toBe(200);
  const mailed = new URL((await newestMail(t)).link!);
  expect([mailed.pathname, mailed.searchParams.get("callbackURL")]).toEqual(["/sign-in/link", "/dashboard"]);
  const response = await getAs(t, "", `/magic-link/verify?token=${tokenOf(mailed.href)}`);
  expect((await sessionOf(t, cookies(response)))?.user).toMatchObject({ email: ann.email });

  const otp = await askForCode(t);
  const wrong = otp === "000000" ? "111111" : "000000";
  const refused = await post(t, "/sign-in/email-otp", { email: ann.email, otp: wrong });
  expect(await refused.json()).toMatchObject({ code: "INVALID_OTP" });
  expect((await post(t, "/sign-in/email-otp", { email: ann.email, otp })).status).toBe(200);
});

test("a mailed code allows three tries, and is refused afterwards even if it is right", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const otp = await askForCode(t);
  const tryCode = async (otp: string) => {
    const answer = await post(t, "/sign-in/email-otp", { email: ann.email, otp });
    return [answer.status, ((await answer.json()) as { code?: string }).code, cookies(answer).includes("session_token")];
  };
  const wrong = otp === "000000" ? "111111" : "000000";
  for (let i = 0; i < 3; i++) expect(await tryCode(wrong)).toEqual([400, "INVALID_OTP", false]);
  expect(await tryCode(otp)).toEqual([403, "TOO_MANY_ATTEMPTS", false]);
  // The code is deleted then.
  expect(await tryCode(otp)).toEqual([400, "INVALID_OTP", false]);
  expect(await tryCode(await askForCode(t))).toEqual([200, undefined, true]);
});

test("only the owner of the mailbox gets the account, even if somebody else created it with that address", async () => {
  const by: Record<string, (t: Backend) => Promise<Response>> = {
    link: async (t) => getAs(t, "", `/magic-link/verify?token=${(await askForLink(t)).token}`),
    code: async (t) => post(t, "/sign-in/email-otp", { email: ann.email, otp: await askForCode(t) }),
  };
  for (const signIn of Object.values(by)) {
    const t = backend();
    const before = await signUp(t, "Ann");
    expect((await sessionOf(t, cookies(await signIn(t))))?.user).toMatchObject({ emailVerified: true });
    expect(await sessionOf(t, before.cookie)).toBeNull();
    expect((await post(t, "/sign-in/email", ann)).status).toBe(401);

    // Once the address is confirmed, a password is the owner's, and stays.
    await post(t, "/reset-password", { newPassword: PASSWORD, token: await askForReset(t) });
    await signIn(t);
    expect((await post(t, "/sign-in/email", ann)).status).toBe(200);
  }
});

test("a confirmed address changes once both addresses have confirmed", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  await getAs(t, cookie, `/verify-email?token=${tokenOf((await newestMail(t)).link!)}`);
  await postAs(t, cookie, "/change-email", { newEmail: "new@example.com" });
  for (const to of [ann.email, "new@example.com"]) {
    const mail = await newestMail(t);
    expect(mail.to).toBe(to);
    await getAs(t, cookie, `/verify-email?token=${tokenOf(mail.link!)}`);
  }
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ email: "new@example.com" });
});

test("with a second factor a password alone opens no session; a code or a backup code does", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const setup = await switchSecondFactorOn(t, cookie);

  const challenge = async () => {
    const response = await post(t, "/sign-in/email", ann);
    expect(await response.json()).toMatchObject({ twoFactorRedirect: true });
    const held = cookies(response);
    expect(await sessionOf(t, held)).toBeNull();
    return held;
  };
  const code = { code: await totp(setup.totpURI, 1) };
  const byCode = await postAs(t, await challenge(), "/two-factor/verify-totp", code);
  expect((await sessionOf(t, cookies(byCode)))?.user).toMatchObject({ twoFactorEnabled: true });
  const backup = { code: setup.backupCodes[0] };
  for (const status of [200, 401]) {
    const answer = await postAs(t, await challenge(), "/two-factor/verify-backup-code", backup);
    expect(answer.status).toBe(status);
  }
});

test("an account is deleted only with its password", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  for (const password of ["not the right one", "", null, undefined, 0, ["x"], {}]) {
    const refused = await postAs(t, cookie, "/delete-user", { password });
    expect([password, refused.status]).toEqual([password, 400]);
  }
  for (const body of [{ token: "x" }, { token: "x", callbackURL: "/" }]) {
    expect((await postAs(t, cookie, "/delete-user", body)).status).toBe(400);
  }
  expect(await sessionOf(t, cookie)).not.toBeNull();
  expect((await postAs(t, cookie, "/delete-user", { password: PASSWORD })).status).toBe(200);
  expect((await post(t, "/sign-in/email", ann)).status).toBe(401);
});

test("an account without a password is deleted only in a session of the last 24 hours", async () => {
  const t = backend();
  const { token } = await askForLink(t);
  const cookie = cookies(await getAs(t, "", `/magic-link/verify?token=${token}`));
  vi.useFakeTimers({ now: Date.now() + 25 * 60 * 60 * 1000, toFake: ["Date"] });
  const late = await postAs(t, cookie, "/delete-user", {});
  expect([late.status, await late.json()]).toMatchObject([400, { code: "SESSION_EXPIRED" }]);
  vi.useRealTimers();
  expect((await postAs(t, cookie, "/delete-user", {})).status).toBe(200);
  expect(await sessionOf(t, cookie)).toBeNull();
});

test("a code is in the text of a mail and not in its subject, which locked screens show", async () => {
  const t = backend();
  await post(t, "/email-otp/send-verification-otp", { email: ann.email, type: "sign-in" });
  const mail = await newestMail(t);
  expect(mail.text).toMatch(/\b\d{6}\b/);
  expect(mail.subject).not.toMatch(/\d/);
});

test("with a key mails go to Resend, from the address that was set", async () => {
  vi.stubEnv("RESEND_API_KEY", "re_test");
  vi.stubEnv("EMAIL_FROM", "App <hello@app.example>");
  const sent = vi.fn(async (_url: string, _init: RequestInit) => Response.json({ data: [{ id: "1" }] }));
  vi.stubGlobal("fetch", sent);
  const t = backendWithResend();
  const to = "ann@mail.dev";
  // Resend would refuse these, and the third mail with them, because the component sends all of them at once.
  for (const email of [ann.email, "x@sub.example.org", to]) {
    expect((await post(t, "/sign-up/email", { name: "Ann", email, password: PASSWORD })).status).toBe(200);
  }
  await vi.waitFor(() => expect(sent).toHaveBeenCalledOnce(), { timeout: 30_000, interval: 100 });
  const [url, init] = sent.mock.calls[0]!;
  expect(url).toBe("https://api.resend.com/emails/batch");
  expect(init.headers).toMatchObject({ Authorization: "Bearer re_test" });
  const mails = JSON.parse(String(init.body));
  expect(mails).toMatchObject([{ from: "App <hello@app.example>", to: [to], subject: "Confirm your email address" }]);
  expect(await t.query(internal.emails.devMails, {})).toEqual([]);
});

test("sent mails are deleted after a day", async () => {
  const t = backendWithResend();
  const { createManualEmail, get } = components.resend.lib;
  const mail = { from: "app@app.example", to: ann.email, subject: "Your sign-in link" };
  const emailId = await t.mutation(createManualEmail, mail);
  await t.mutation(internal.emails.forgetSentMails, {});
  expect(await t.query(get, { emailId })).not.toBeNull();
  vi.useFakeTimers({ now: Date.now() + 25 * 60 * 60 * 1000, toFake: ["Date"] });
  await t.mutation(internal.emails.forgetSentMails, {});
  expect(await t.query(get, { emailId })).toBeNull();
});

test("people can sign up even if no mails can be sent, and no mail is kept", async () => {
  vi.stubEnv("CONVEX_LOCAL_MAILBOX", "");
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  expect(await sessionOf(t, cookie)).not.toBeNull();
  expect(logged).not.toHaveBeenCalled();
  await post(t, "/request-password-reset", { email: ann.email });
  await settled(t);
  expect(logged.mock.calls.flat().map(String).join()).toContain("RESEND_API_KEY");
  expect(await t.query(internal.emails.devMails, {})).toEqual([]);
  logged.mockRestore();
});

test("the mailbox keeps the newest mails, newest first, and can be emptied", async () => {
  const t = backend();
  for (let i = 0; i < 203; i++) {
    const mail = { to: ann.email, subject: String(i), text: "", counter: "" };
    await t.mutation(internal.emails.deliver, mail);
  }
  const kept = await t.query(internal.emails.devMails, {});
  expect([kept.length, kept[0]?.subject]).toEqual([200, "202"]);
  await t.mutation(internal.emails.clearDevMails, {});
  expect(await t.query(internal.emails.devMails, {})).toEqual([]);
});

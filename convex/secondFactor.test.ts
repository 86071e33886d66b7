import { expect, test } from "vitest";
import {
  ann,
  askForReset,
  backend,
  type Backend,
  cookies,
  getAs,
  newestMail,
  PASSWORD,
  post,
  postAs,
  signUp,
  switchSecondFactorOn,
  tokenOf,
  withMailbox,
} from "./testing.setup";

withMailbox();

const NEW_PASSWORD = "battery staple";

/** What ends the trust in a device; gives the password of afterwards. */
const ENDS: Record<string, (t: Backend, cookie: string) => Promise<string>> = {
  "the second factor set up again": async (t, cookie) => {
    const off = await postAs(t, cookie, "/two-factor/disable", { password: PASSWORD });
    await switchSecondFactorOn(t, cookies(off));
    return PASSWORD;
  },
  "a changed password": async (t, cookie) => {
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, revokeOtherSessions: true };
    expect((await postAs(t, cookie, "/change-password", body)).status).toBe(200);
    return NEW_PASSWORD;
  },
  "a password reset by mail": async (t) => {
    await post(t, "/reset-password", { newPassword: NEW_PASSWORD, token: await askForReset(t) });
    return NEW_PASSWORD;
  },
};

test.each(Object.keys(ENDS))("a device is trusted until %s", async (how) => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  // Confirmed: a reset of the password leaves the second factor on.
  await getAs(t, cookie, `/verify-email?token=${tokenOf((await newestMail(t)).link!)}`);
  const { backupCodes } = await switchSecondFactorOn(t, cookie);
  const asked = await post(t, "/sign-in/email", ann);
  const code = { code: backupCodes[0], trustDevice: true };
  const done = await postAs(t, cookies(asked), "/two-factor/verify-backup-code", code);
  const trusted = cookies(done);
  const signIn = async (device: string, password: string) => {
    const answer = await postAs(t, device, "/sign-in/email", { ...ann, password });
    return { asks: "twoFactorRedirect" in ((await answer.json()) as object), cookie: cookies(answer) };
  };
  const before = await signIn(trusted, PASSWORD);
  expect(before.asks).toBe(false);

  const password = await ENDS[how]!(t, before.cookie);

  expect((await signIn(before.cookie, password)).asks).toBe(true);
});

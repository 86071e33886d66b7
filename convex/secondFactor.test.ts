import { expect, test, vi } from "vitest";
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
  totp,
  withMailbox,
} from "./testing.setup";

withMailbox();

const NEW_PASSWORD = "battery staple";

/** The changes that end the trust in a device. Each returns the password that is valid afterwards. */
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
  // The address is confirmed, so a reset of the password leaves the second factor on.
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

/** Signs in with the password once for each of `count` browsers, and returns their cookies. */
const challenges = (t: Backend, count: number) =>
  Promise.all(Array.from({ length: count }, async () => cookies(await post(t, "/sign-in/email", ann))));

const statuses = (answers: Response[]) => answers.map(({ status }) => status).sort();

test("a code of the app works once: not again after the set-up, not twice, not in several browsers at once", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const { totpURI, used } = await switchSecondFactorOn(t, cookie);
  const [first, second, ...rest] = await challenges(t, 7);
  const verify = (waiting: string, code: string) => postAs(t, waiting, "/two-factor/verify-totp", { code });
  const ofSetUp = await verify(first!, used);
  expect([ofSetUp.status, await ofSetUp.json(), cookies(ofSetUp)]).toMatchObject([401, { code: "INVALID_CODE" }, ""]);

  const next = await totp(totpURI, 1);
  const answers = await Promise.all(rest.map((waiting) => verify(waiting, next)));
  expect(statuses(answers)).toEqual([200, 401, 401, 401, 401]);
  expect(answers.filter((answer) => cookies(answer).includes("session_token"))).toHaveLength(1);
  expect((await verify(second!, next)).status).toBe(401);

  // The sign-ins that were refused for a used code go on with the next one.
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
  expect((await verify(first!, await totp(totpURI))).status).toBe(200);
  expect((await verify(second!, await totp(totpURI, 1))).status).toBe(200);
});

test("a code that was used in an open session works nowhere else", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const { totpURI, session } = await switchSecondFactorOn(t, cookie);
  const verify = async (as: string, code: string) => (await postAs(t, as, "/two-factor/verify-totp", { code })).status;
  const code = await totp(totpURI, 1);
  expect([await verify(session, code), await verify(session, code)]).toEqual([200, 401]);
  const [waiting] = await challenges(t, 1);
  expect(await verify(waiting!, code)).toBe(401);
  const wrong = code === "000000" ? "111111" : "000000";
  const tried = [];
  for (let i = 0; i < 20; i++) tried.push(await verify(session, wrong));
  expect(tried.filter((status) => status === 429)).toHaveLength(2);
});

test("a backup code signs in once, even in several browsers at once", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const { backupCodes } = await switchSecondFactorOn(t, cookie);
  const code = { code: backupCodes[0] };
  const use = (waiting: string) => postAs(t, waiting, "/two-factor/verify-backup-code", code);
  const answers = await Promise.all((await challenges(t, 5)).map(use));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const [later] = await challenges(t, 1);
  expect((await use(later!)).status).toBe(401);
});

test("a mailed code does not switch the second factor on", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  for (const [path, body] of [["/two-factor/send-otp", {}], ["/two-factor/verify-otp", { code: "123456" }]] as const) {
    const refused = await postAs(t, cookie, path, body);
    expect([path, refused.status, await refused.json()]).toMatchObject([path, 400, { code: "TWO_FACTOR_NOT_ENABLED" }]);
  }
});

test("while the second factor is on, its secret is neither replaced nor shown", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const { totpURI, session, backupCodes } = await switchSecondFactorOn(t, cookie);
  for (const path of ["/two-factor/enable", "/two-factor/get-totp-uri"]) {
    const refused = await postAs(t, session, path, { password: PASSWORD });
    expect([path, refused.status, await refused.json()]).toMatchObject([path, 400, { code: "TWO_FACTOR_IS_ON" }]);
  }
  // Switching it off and making new backup codes require the password.
  for (const path of ["/two-factor/disable", "/two-factor/generate-backup-codes"]) {
    for (const password of ["not the right one", "", undefined]) {
      expect([path, (await postAs(t, session, path, { password })).status]).toEqual([path, 400]);
    }
  }
  const [byCode, byBackup] = await challenges(t, 2);
  const code = { code: await totp(totpURI, 1) };
  expect((await postAs(t, byCode!, "/two-factor/verify-totp", code)).status).toBe(200);
  const backup = { code: backupCodes[0] };
  expect((await postAs(t, byBackup!, "/two-factor/verify-backup-code", backup)).status).toBe(200);
});

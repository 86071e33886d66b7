import { expect, test, vi } from "vitest";
import { internal } from "./_generated/api";
import { PASSWORDS } from "./accountLimits";
import { counterKey } from "./rateLimit";
import {
  backend,
  type Backend,
  PASSWORD,
  post,
  signedIn,
  signUp,
  switchSecondFactorOn,
  withMailbox,
} from "./testing.setup";

withMailbox();

/** Returns the header with the session of a browser with these cookies. */
const headerOf = async (t: Backend, cookie: string) => {
  const answer = await t.fetch("/api/auth/get-session", { headers: { cookie } });
  const { session } = (await answer.json()) as { session: { token: string } };
  return `Bearer ${session.token}`;
};

/** Posts with a session in the header, and with cookies. */
const postWith = async (t: Backend, authorization: string, path: string, body: object, cookie = "") => {
  const answer = await t.fetch(`/api/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: "http://localhost:3000", authorization, cookie },
    body: JSON.stringify(body),
  });
  return [answer.status, await answer.json()];
};

test("a session in a header has no more rights than one in a cookie", async () => {
  const t = backend();
  const guest = signedIn(t, await post(t, "/sign-in/anonymous", {})).cookie;
  const { session } = await switchSecondFactorOn(t, (await signUp(t, "Ann")).cookie);
  const [ann, bob] = [await headerOf(t, session), await headerOf(t, (await signUp(t, "Bob")).cookie)];

  // The cookie of another account makes no difference.
  for (const cookie of ["", guest]) {
    expect(await postWith(t, ann, "/delete-user", {}, cookie)).toMatchObject([400, { code: "INVALID_PASSWORD" }]);
    for (const path of ["/two-factor/enable", "/two-factor/get-totp-uri"]) {
      const refused = await postWith(t, ann, path, { password: PASSWORD }, cookie);
      expect([path, ...refused]).toMatchObject([path, 400, { code: "TWO_FACTOR_IS_ON" }]);
    }
    const mailed = await postWith(t, bob, "/two-factor/send-otp", {}, cookie);
    expect(mailed).toMatchObject([400, { code: "TWO_FACTOR_NOT_ENABLED" }]);
  }
  const change = { newEmail: "new@example.com" };
  const ofGuest = await headerOf(t, guest);
  expect(await postWith(t, ofGuest, "/change-email", change)).toMatchObject([403, { code: "GUEST" }]);
});

test("a session in a header does not help to guess the password", async () => {
  const t = backend();
  const ann = await headerOf(t, (await signUp(t, "Ann")).cookie);
  vi.stubEnv("AUTH_RATE_LIMIT", "");
  const key = await counterKey("password", "ann@example.com");
  for (let i = 0; i < PASSWORDS.max; i++) await t.mutation(internal.rateLimit.consume, { key, ...PASSWORDS });
  const [status] = await postWith(t, ann, "/delete-user", { password: "not the right one" });
  expect(status).toBe(429);
});

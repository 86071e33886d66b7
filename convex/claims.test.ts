import { betterAuth } from "better-auth/minimal";
import { expect, test } from "vitest";
import { api, components } from "./_generated/api";
import { createAuth, createAuthOptions } from "./auth";
import { revokeAccess } from "./claims";
import {
  ann,
  askForCode,
  askForLink,
  askForReset,
  backend,
  type Backend,
  cookies,
  getAs,
  newestMail,
  openSessions,
  PASSWORD,
  post,
  sessionOf,
  signUp,
  switchSecondFactorOn,
  tokenOf,
  withMailbox,
} from "./testing.setup";

withMailbox();

/** How the owner of a mailbox takes over an account, by what the mail contains. */
const BY: Record<string, (t: Backend, confirmation: string) => Promise<Response>> = {
  "the link that confirms the address": (t, token) => post(t, "/mail-link/claim", { token }),
  "a link that signs in": async (t) => getAs(t, "", `/magic-link/verify?token=${(await askForLink(t)).token}`),
  "a code that signs in": async (t) => post(t, "/sign-in/email-otp", { email: ann.email, otp: await askForCode(t) }),
  "a new password": async (t) => post(t, "/reset-password", { newPassword: PASSWORD, token: await askForReset(t) }),
};

const rowsOf = async (t: Backend, model: "account" | "session" | "twoFactor", userId: string) => {
  const where = [{ field: "userId", value: userId }] as never;
  const paginationOpts = { numItems: 10, cursor: null };
  return (await t.query(components.betterAuth.adapter.findMany, { model, where, paginationOpts })).page as {
    providerId?: string;
  }[];
};

test.each(Object.keys(BY))("taking over an account by %s leaves no GitHub account and no second factor in it", async (way) => {
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const confirmation = tokenOf((await newestMail(t)).link!);
  const userId = (await mallory.as.query(api.auth.getCurrentUser, {}))!._id;
  await switchSecondFactorOn(t, mallory.cookie);
  const [now, github] = [Date.now(), { accountId: "7", providerId: "github" }];
  const data = { ...github, userId, createdAt: now, updatedAt: now };
  await t.mutation(components.betterAuth.adapter.create, { input: { model: "account", data } });
  expect(await rowsOf(t, "account", userId)).toHaveLength(2);
  expect(await rowsOf(t, "twoFactor", userId)).toHaveLength(1);

  expect((await BY[way]!(t, confirmation)).status).toBe(200);

  const left = (await rowsOf(t, "account", userId)).map(({ providerId }) => providerId);
  expect(left).toEqual(way === "a new password" ? ["credential"] : []);
  expect(await rowsOf(t, "twoFactor", userId)).toEqual([]);
  // The owner sets a new password, and is not asked for a code.
  await post(t, "/reset-password", { newPassword: PASSWORD, token: await askForReset(t) });
  const signedIn = await post(t, "/sign-in/email", ann);
  expect(await signedIn.json()).toMatchObject({ user: { id: userId, emailVerified: true } });
  expect(await sessionOf(t, mallory.cookie)).toBeNull();
});

/** Requests that check a password and open a session. */
const UNDER_WAY: Record<string, [path: string, body: object]> = {
  "a sign-in": ["/sign-in/email", ann],
  "a change of the password": [
    "/change-password",
    { currentPassword: PASSWORD, newPassword: "battery staple", revokeOtherSessions: true },
  ],
};

test.each(Object.keys(UNDER_WAY))("%s that is under way when the account is taken over opens no session", async (name) => {
  const [path, body] = UNDER_WAY[name]!;
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const { status, left } = await t.run(async (ctx) => {
    const options = createAuthOptions(ctx as never);
    const context = await createAuth(ctx as never).$context;
    const takenOver = async (data: { hash: string; password: string }) => {
      const isRight = await context.password.verify(data);
      await revokeAccess(context, (await context.internalAdapter.findUserByEmail(ann.email))!.user);
      return isRight;
    };
    const emailAndPassword = { ...options.emailAndPassword, password: { verify: takenOver } };
    const { handler } = betterAuth({ ...options, emailAndPassword });
    const answer = await handler(
      new Request(`http://localhost:3000/api/auth${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: "http://localhost:3000", cookie: mallory.cookie },
        body: JSON.stringify(body),
      }),
    );
    return { status: answer.status, left: cookies(answer) };
  });
  expect(status).toBe(401);
  expect(left).not.toMatch(/session_token|convex_jwt/);
  const sessions = await t.query(components.betterAuth.adapter.findMany, {
    model: "session",
    paginationOpts: { numItems: 10, cursor: null },
  });
  expect(sessions.page).toEqual([]);
});

test.each(Object.keys(BY))("taking over an account by %s ends all sessions in it, however many there are", async (way) => {
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const confirmation = tokenOf((await newestMail(t)).link!);
  const userId = (await mallory.as.query(api.auth.getCurrentUser, {}))!._id;
  await openSessions(t, userId, 100, Date.now() + 60_000);
  expect((await BY[way]!(t, confirmation)).status).toBe(200);
  expect(await rowsOf(t, "session", userId)).toHaveLength(way.endsWith("signs in") ? 1 : 0);
});

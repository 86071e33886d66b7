import type { AuthContext } from "better-auth";
import { expect, test, vi } from "vitest";
import { createAuth } from "./auth";
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
  sessionOf,
  signUp,
  tokenOf,
  withMailbox,
} from "./testing.setup";

withMailbox();

type InternalAdapter = AuthContext["internalAdapter"];

const NEW = "new@example.com";

/** Returns the token of the newest mail's link. */
const mailed = async (t: Backend) => tokenOf((await newestMail(t)).link!);

const follow = async (t: Backend, cookie: string, token: string) => {
  const answer = await getAs(t, cookie, `/verify-email?token=${token}`);
  return [answer.status, await answer.json()];
};

const VOID = [400, { code: "INVALID_TOKEN" }];

test("a link is void once its account is deleted, even if another account has the address", async () => {
  const t = backend();
  const first = await signUp(t, "Ann");
  const confirms = await mailed(t);
  await postAs(t, first.cookie, "/change-email", { newEmail: NEW });
  const changes = await mailed(t);
  const resets = await askForReset(t);
  await postAs(t, first.cookie, "/delete-user", { password: PASSWORD });
  const second = await signUp(t, "Ann");
  await newestMail(t);

  for (const token of [confirms, changes]) {
    expect(await follow(t, second.cookie, token)).toMatchObject(VOID);
    expect((await post(t, "/mail-link/claim", { token })).status).toBe(400);
    const about = await post(t, "/mail-link/about", { kind: "confirm", token });
    expect(await about.json()).toMatchObject({ code: "INVALID_TOKEN" });
  }
  const reset = await post(t, "/reset-password", { newPassword: "battery staple", token: resets });
  expect(reset.status).toBe(400);
  expect((await sessionOf(t, second.cookie))?.user).toMatchObject({ email: ann.email, emailVerified: false });
  expect((await post(t, "/sign-in/email", ann)).status).toBe(200);
});

test("a change that was requested before the address was confirmed is void afterwards", async () => {
  const t = backend();
  const mallory = await signUp(t, "Ann");
  const confirms = await mailed(t);
  await postAs(t, mallory.cookie, "/change-email", { newEmail: "mallory@example.com" });
  const changes = await mailed(t);
  await post(t, "/mail-link/claim", { token: confirms });
  await post(t, "/reset-password", { newPassword: PASSWORD, token: await askForReset(t) });
  const owner = cookies(await post(t, "/sign-in/email", ann));

  expect(await follow(t, owner, changes)).toMatchObject(VOID);
  expect((await sessionOf(t, owner))?.user).toMatchObject({ email: ann.email });
});

test("a link to reset the password is void once the account has another address", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const resets = await askForReset(t);
  await postAs(t, cookie, "/change-email", { newEmail: NEW });
  expect((await follow(t, cookie, await mailed(t)))[0]).toBe(200);

  const reset = await post(t, "/reset-password", { newPassword: "battery staple", token: resets });
  expect([reset.status, await reset.json()]).toMatchObject(VOID);
  expect((await post(t, "/sign-in/email", { ...ann, email: NEW })).status).toBe(200);
});

test("a link that changes an address can be followed in several tabs at once, and is void afterwards", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  await newestMail(t);
  await postAs(t, cookie, "/change-email", { newEmail: NEW });
  const token = await mailed(t);
  const answers = await Promise.all(Array.from({ length: 8 }, () => follow(t, cookie, token)));
  expect(answers.map(([status]) => status).filter((status) => status >= 500)).toEqual([]);
  expect(answers.filter(([status]) => status === 200).length).toBeGreaterThan(0);
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ email: NEW, emailVerified: true });
  expect(await follow(t, cookie, token)).toMatchObject(VOID);
});

test("an address that was taken in the meantime is refused with a message", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  await newestMail(t);
  await postAs(t, cookie, "/change-email", { newEmail: NEW });
  const token = await mailed(t);
  const taken = await post(t, "/sign-up/email", { name: "New", email: NEW, password: PASSWORD });
  expect(taken.status).toBe(200);
  expect(await follow(t, cookie, token)).toMatchObject([409, { code: "CONFLICT" }]);
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ email: ann.email });
});


/** Calls Better Auth's adapter like a request that found an account before another request changed it. */
const late = (t: Backend, act: (adapter: InternalAdapter) => Promise<unknown>) =>
  t.run(async (ctx) => {
    const { internalAdapter } = await createAuth(ctx as never).$context;
    const answer = await act(internalAdapter as InternalAdapter).catch((error: unknown) => error);
    return JSON.stringify(answer);
  });

test("a request that loses a race is refused with a message", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const t = backend();
  await signUp(t, "Ann");
  await signUp(t, "Bob");
  for (const act of [
    (it: InternalAdapter) => it.updateUserByEmail("nobody@example.com", { emailVerified: true }),
    (it: InternalAdapter) => it.updateUserByEmail("bob@example.com", { email: ann.email }),
    async (it: InternalAdapter) => {
      const { id } = (await it.findUserByEmail(ann.email))!.user;
      return it.linkAccount({ userId: id, providerId: "credential", accountId: id });
    },
    (it: InternalAdapter) => it.createUser({ name: "Ann", email: ann.email, emailVerified: false }),
  ]) {
    expect(await late(t, act)).toMatch(/"CONFLICT"/);
  }
  // Better Auth answers these itself.
  expect(await late(t, (it) => it.updateSession("gone", { updatedAt: new Date() }))).toBe("null");
  const person = { name: "Cat", email: "cat@example.com", password: PASSWORD };
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(t, "/sign-up/email", person)));
  expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409 && status !== 422)).toEqual([]);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

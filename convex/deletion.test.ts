import { expect, test } from "vitest";
import { api, components } from "./_generated/api";
import { createAuth } from "./auth";
import {
  ann,
  askForReset,
  backend,
  type Backend,
  cookies,
  newestMail,
  PASSWORD,
  post,
  postAs,
  sessionOf,
  signedIn,
  signUp,
  switchSecondFactorOn,
  withMailbox,
} from "./testing.setup";

withMailbox();

const MODELS = ["user", "session", "account", "twoFactor", "verification"] as const;

/** Returns the table of each row in Better Auth's tables that mentions the account. */
const rowsAbout = async (t: Backend, userId: string) => {
  const found = [];
  for (const model of MODELS) {
    const paginationOpts = { numItems: 100, cursor: null };
    const { page } = await t.query(components.betterAuth.adapter.findMany, { model, paginationOpts });
    found.push(...(page as object[]).filter((row) => JSON.stringify(row).includes(userId)).map(() => model));
  }
  return found;
};

test("a deleted account leaves nothing behind: no session, no second factor, no trusted device, no link", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  await newestMail(t);
  const other = signedIn(t, await post(t, "/sign-in/email", ann));
  await other.as.mutation(api.todos.create, { text: "Private" });
  const userId = (await other.as.query(api.auth.getCurrentUser, {}))!._id;
  const { session, backupCodes } = await switchSecondFactorOn(t, cookie);
  const waiting = cookies(await post(t, "/sign-in/email", ann));
  const trusted = { code: backupCodes[0], trustDevice: true };
  expect((await postAs(t, waiting, "/two-factor/verify-backup-code", trusted)).status).toBe(200);
  await askForReset(t);
  await post(t, "/sign-in/email", ann);
  expect(new Set(await rowsAbout(t, userId))).toEqual(new Set(MODELS));

  expect((await postAs(t, session, "/delete-user", { password: PASSWORD })).status).toBe(200);

  expect(await rowsAbout(t, userId)).toEqual([]);
  expect(await t.run((ctx) => ctx.db.query("todos").collect())).toEqual([]);
  expect(await sessionOf(t, other.cookie)).toBeNull();
  await expect(other.as.mutation(api.todos.create, { text: "Late" })).rejects.toThrow();
});

test("a request that began before the deletion adds nothing to the account afterwards", async () => {
  const t = backend();
  const { as, cookie } = await signUp(t, "Ann");
  const userId = (await as.query(api.auth.getCurrentUser, {}))!._id;
  await postAs(t, cookie, "/delete-user", { password: PASSWORD });
  await t.run(async (ctx) => {
    const { adapter, internalAdapter } = await createAuth(ctx as never).$context;
    const account = { userId, providerId: "credential", accountId: userId, password: "x" };
    const twoFactor = { userId, secret: "x", backupCodes: "x" };
    for (const late of [
      internalAdapter.createSession(userId),
      internalAdapter.createAccount(account),
      adapter.create({ model: "twoFactor", data: twoFactor }),
    ]) {
      await expect(late).rejects.toMatchObject({ status: "CONFLICT" });
    }
  });
  expect(await rowsAbout(t, userId)).toEqual([]);
});

import { expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api";
import { GUEST_KEPT_MS } from "./guestCleanup";
import { MAX_TODOS } from "./ownership";
import {
  ann,
  backend,
  type Backend,
  cookies,
  PASSWORD,
  post,
  postAs,
  settled,
  signedIn,
  signUp,
  switchSecondFactorOn,
  withMailbox,
} from "./testing.setup";

withMailbox();

const beginAsGuest = async (t: Backend) => signedIn(t, await post(t, "/sign-in/anonymous", {}));

const idOf = async ({ as }: Awaited<ReturnType<typeof beginAsGuest>>) => (await as.query(api.auth.getCurrentUser, {}))!._id;

const addTodos = (t: Backend, userId: string, count: number) =>
  t.run(async (ctx) => {
    for (let i = 0; i < count; i++) await ctx.db.insert("todos", { userId, text: `${i}`, completed: false });
  });

const todosLeft = (t: Backend) => t.run((ctx) => ctx.db.query("todos").collect());

test("a guest who signs in with a second factor keeps the todos, however many passwords and codes it takes", async () => {
  const t = backend();
  const before = await signUp(t, "Ann");
  const userId = await idOf(before);
  const { backupCodes } = await switchSecondFactorOn(t, before.cookie);

  const guest = await beginAsGuest(t);
  await guest.as.mutation(api.todos.create, { text: "Begun as a guest" });
  const first = await postAs(t, guest.cookie, "/sign-in/email", ann);
  expect(await first.json()).toMatchObject({ twoFactorRedirect: true });
  expect((await postAs(t, cookies(first), "/two-factor/verify-totp", { code: "000000" })).status).toBe(401);
  // The guest's session has ended by then, but the next try still knows the guest.
  const kept = cookies(first).split("; ").filter((pair) => pair.includes(".guest="));
  expect(kept).toHaveLength(1);
  const second = await postAs(t, kept.join(), "/sign-in/email", ann);
  const cookie = [...kept, cookies(second)].join("; ");
  const done = await postAs(t, cookie, "/two-factor/verify-backup-code", { code: backupCodes[0] });
  expect(done.status).toBe(200);
  expect(done.headers.getSetCookie().join()).toMatch(/better-auth\.guest=;/);
  expect(await todosLeft(t)).toMatchObject([{ text: "Begun as a guest", userId }]);
  expect(await guest.as.query(api.auth.getCurrentUser, {})).toBeNull();
});

test("an unsigned cookie that names a guest or another person hands over no todos", async () => {
  const t = backend();
  const [bob, guest] = [await signUp(t, "Bob"), await beginAsGuest(t)];
  await guest.as.mutation(api.todos.create, { text: "Mine" });
  await signUp(t, "Ann");
  for (const id of [await idOf(guest), await idOf(bob)]) {
    expect((await postAs(t, `better-auth.guest=${id}`, "/sign-in/email", ann)).status).toBe(200);
  }
  expect(await guest.as.query(api.todos.list, {})).toMatchObject([{ text: "Mine" }]);
  expect(await bob.as.query(api.auth.getCurrentUser, {})).not.toBeNull();
});

test("a guest cannot get an address", async () => {
  const t = backend();
  const guest = await beginAsGuest(t);
  const refused = await postAs(t, guest.cookie, "/change-email", { newEmail: ann.email });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ code: "GUEST" });
});

test("an account takes over the newest todos of a guest, up to its limit", async () => {
  const t = backend();
  await addTodos(t, "account", MAX_TODOS - 2);
  await addTodos(t, "guest", 5);
  await t.mutation(internal.ownership.handOver, { from: "guest", to: "account" });
  const left = await todosLeft(t);
  const of = (userId: string) => left.filter((todo) => todo.userId === userId).map(({ text }) => text);
  expect([of("account").length, of("account").slice(-2), of("guest")]).toEqual([MAX_TODOS, ["3", "4"], ["0", "1", "2"]]);
  await t.mutation(internal.ownership.handOver, { from: "guest", to: "account" });
  expect((await todosLeft(t)).length).toBe(MAX_TODOS + 3);
});

test("an account with more todos than one transaction removes can be deleted", async () => {
  const t = backend();
  const person = await signUp(t, "Ann");
  await addTodos(t, await idOf(person), 1_203);
  await addTodos(t, "another", 1);
  expect((await postAs(t, person.cookie, "/delete-user", { password: PASSWORD })).status).toBe(200);
  await settled(t);
  expect(await todosLeft(t)).toMatchObject([{ userId: "another" }]);
});

test("guests who never came back are removed after a month, with an index and in pages; others stay", async () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  const now = Date.now();
  vi.useFakeTimers({ now: now - GUEST_KEPT_MS - DAY_MS, toFake: ["Date"] });
  const t = backend();
  const ids: string[] = [];
  for (let i = 0; i < 12; i++) ids.push(await idOf(await beginAsGuest(t)));
  const [returning, account] = [await beginAsGuest(t), await signUp(t, "Ann")];
  const stay = [await idOf(returning), await idOf(account)];
  for (const id of [...ids, ...stay]) await addTodos(t, id, 1);
  for (let day = 0; day < 30; day += 5) {
    vi.setSystemTime(Date.now() + 5 * DAY_MS);
    await t.fetch("/api/auth/get-session", { headers: { cookie: returning.cookie } });
  }
  vi.setSystemTime(now);
  stay.push(await idOf(await beginAsGuest(t)));
  await addTodos(t, stay[2]!, 1);

  const warned = vi.spyOn(console, "warn");
  await t.mutation(internal.guestCleanup.removeStale, {});
  await settled(t);
  expect(warned.mock.calls.flat().filter((text) => /without an index/.test(String(text)))).toEqual([]);
  warned.mockRestore();
  expect((await todosLeft(t)).map(({ userId }) => userId)).toEqual(stay);
});

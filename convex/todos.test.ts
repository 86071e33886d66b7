import { ConvexError } from "convex/values";
import { expect, test } from "vitest";
import { api } from "./_generated/api";
import { backend, signUp } from "./testing.setup";

/** Returns the code of the ConvexError with which a call fails. */
const code = async (call: Promise<unknown>): Promise<unknown> => {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ConvexError);
  const data = (error as ConvexError<string | { code: string }>).data;
  return (typeof data === "string" ? JSON.parse(data) : data).code;
};

test("each person sees their own todos, newest first", async () => {
  const t = backend();
  const ann = (await signUp(t, "Ann")).as;
  const bob = (await signUp(t, "Bob")).as;
  await ann.mutation(api.todos.create, { text: "  write  " });
  await ann.mutation(api.todos.create, { text: "read" });
  await bob.mutation(api.todos.create, { text: "sleep" });
  const texts = (await ann.query(api.todos.list, {})).map(({ text }) => text);
  expect(texts).toEqual(["read", "write"]);
  expect(await bob.query(api.todos.list, {})).toHaveLength(1);
});

test("every function refuses a signed-out caller with a code", async () => {
  const t = backend();
  const id = await (await signUp(t, "Ann")).as.mutation(api.todos.create, { text: "x" });
  expect(await code(t.query(api.todos.list, {}))).toBe("UNAUTHENTICATED");
  expect(await code(t.mutation(api.todos.create, { text: "x" }))).toBe("UNAUTHENTICATED");
  expect(await code(t.mutation(api.todos.toggle, { id }))).toBe("UNAUTHENTICATED");
  expect(await code(t.mutation(api.todos.clearDone, {}))).toBe("UNAUTHENTICATED");
  expect(await code(t.mutation(api.todos.remove, { id }))).toBe("UNAUTHENTICATED");
});

test("another person's todo can be neither changed nor removed", async () => {
  const t = backend();
  const ann = (await signUp(t, "Ann")).as;
  const bob = (await signUp(t, "Bob")).as;
  const id = await ann.mutation(api.todos.create, { text: "mine" });
  expect(await code(bob.mutation(api.todos.toggle, { id }))).toBe("NOT_FOUND");
  expect(await code(bob.mutation(api.todos.remove, { id }))).toBe("NOT_FOUND");
  expect(await ann.query(api.todos.list, {})).toMatchObject([{ text: "mine", completed: false }]);
});

test("toggling, removing and clearing one's own todos", async () => {
  const t = backend();
  const ann = (await signUp(t, "Ann")).as;
  const first = await ann.mutation(api.todos.create, { text: "first" });
  const second = await ann.mutation(api.todos.create, { text: "second" });
  await ann.mutation(api.todos.create, { text: "third" });
  await ann.mutation(api.todos.toggle, { id: first });
  await ann.mutation(api.todos.toggle, { id: second });
  await ann.mutation(api.todos.toggle, { id: second });
  const bob = (await signUp(t, "Bob")).as;
  const other = await bob.mutation(api.todos.create, { text: "another's" });
  await bob.mutation(api.todos.toggle, { id: other });
  expect(await ann.mutation(api.todos.clearDone, {})).toBe(1);
  expect(await bob.query(api.todos.list, {})).toMatchObject([{ _id: other, completed: true }]);
  await ann.mutation(api.todos.remove, { id: second });
  expect((await ann.query(api.todos.list, {})).map(({ text }) => text)).toEqual(["third"]);
});

test("a text must be neither empty nor too long", async () => {
  const ann = (await signUp(backend(), "Ann")).as;
  expect(await code(ann.mutation(api.todos.create, { text: "   " }))).toBe("INVALID_TEXT");
  expect(await code(ann.mutation(api.todos.create, { text: "x".repeat(501) }))).toBe("INVALID_TEXT");
});

test("once the session has ended, a token that is still valid gives no access", async () => {
  const t = backend();
  const { as, cookie } = await signUp(t, "Ann");
  await as.mutation(api.todos.create, { text: "secret" });
  const headers = { cookie, origin: "http://localhost:3000" };
  expect((await t.fetch("/api/auth/sign-out", { method: "POST", headers })).status).toBe(200);
  expect(await as.query(api.auth.getCurrentUser, {})).toBeNull();
  expect(await code(as.query(api.todos.list, {}))).toBe("UNAUTHENTICATED");
});

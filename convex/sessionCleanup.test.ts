import { expect, test, vi } from "vitest";
import { api, components, internal } from "./_generated/api";
import { ann, backend, post, sessionOf, settled, signedIn, signUp, withMailbox } from "./testing.setup";

withMailbox();

const DAY_MS = 24 * 60 * 60 * 1000;

test("sessions that have ended are deleted, with an index and in pages; others stay", async () => {
  const now = Date.now();
  vi.useFakeTimers({ now: now - 8 * DAY_MS, toFake: ["Date"] });
  const t = backend();
  const { as } = await signUp(t, "Ann");
  const userId = (await as.query(api.auth.getCurrentUser, {}))!._id;
  const ended = { userId, expiresAt: now - DAY_MS, createdAt: now - 8 * DAY_MS, updatedAt: now - 8 * DAY_MS };
  for (let i = 0; i < 250; i++) {
    const data = { ...ended, token: `token ${i}` };
    await t.mutation(components.betterAuth.adapter.create, { input: { model: "session", data } });
  }
  vi.setSystemTime(now);
  const { cookie } = signedIn(t, await post(t, "/sign-in/email", ann));

  const warned = vi.spyOn(console, "warn");
  await t.mutation(internal.sessionCleanup.forgetEnded, {});
  await settled(t);
  expect(warned.mock.calls.flat().filter((text) => /without an index/.test(String(text)))).toEqual([]);

  const paginationOpts = { numItems: 300, cursor: null };
  const left = await t.query(components.betterAuth.adapter.findMany, { model: "session", paginationOpts });
  expect(left.page).toHaveLength(1);
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ email: ann.email });
});

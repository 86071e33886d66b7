import { expect, test } from "vitest";
import { api } from "./_generated/api";
import {
  ann,
  askForReset,
  backend,
  PASSWORD,
  post,
  postAs,
  sessionOf,
  signedIn,
  signUp,
  withMailbox,
} from "./testing.setup";

withMailbox();

/** The longest cookie that browsers keep, and about the longest headers that proxies accept, in bytes. */
const FITS = 4096;
const headersOf = (response: Response) => [...response.headers].join().length;

test("an account that somebody else created with a huge name can be taken over and signed in to", async () => {
  const t = backend();
  const [name, image] = ["🍪x".repeat(10_000), "x".repeat(30_000)];
  const mallory = { email: ann.email, password: "another password", name, image };
  const made = await post(t, "/sign-up/email", mallory);
  expect(made.status).toBe(200);
  expect(headersOf(made)).toBeLessThan(FITS);
  await post(t, "/reset-password", { newPassword: PASSWORD, token: await askForReset(t) });
  const response = await post(t, "/sign-in/email", ann);
  expect(headersOf(response)).toBeLessThan(FITS);
  const user = await signedIn(t, response).as.query(api.auth.getCurrentUser, {});
  expect(user).toMatchObject({ name: "🍪x".repeat(33), email: ann.email });
  expect(user?.image ?? null).toBeNull();
});

test("a name and a picture can be changed only to texts that fit", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const change = async (fields: object) => (await postAs(t, cookie, "/update-user", fields)).status;
  const names = ["x".repeat(101), ["Ann"], { $gt: "" }].map((name) => ({ name }));
  const images = ["x".repeat(2049), 7].map((image) => ({ image }));
  for (const fields of [...names, ...images]) expect(await change(fields), JSON.stringify(fields)).toBe(400);
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ name: "Ann" });
  expect(await change({ name: "ä".repeat(100), image: `https://example.com/${"x".repeat(2000)}` })).toBe(200);
  expect((await sessionOf(t, cookie))?.user).toMatchObject({ name: "ä".repeat(100) });
});

test("an address that is too long for mails is refused", async () => {
  const t = backend();
  const long = `${"a".repeat(60)}@${"b.".repeat(120)}example.com`;
  expect((await post(t, "/sign-up/email", { name: "Ann", email: long, password: PASSWORD })).status).toBe(400);
});

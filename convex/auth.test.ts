import { afterEach, expect, test, vi } from "vitest";
import { api } from "./_generated/api";
import { backend, PASSWORD, post, postAs, signedIn, signUp } from "./testing.setup";

afterEach(() => {
  vi.unstubAllEnvs();
});

const setGithub = () => {
  vi.stubEnv("GITHUB_CLIENT_ID", "id");
  vi.stubEnv("GITHUB_CLIENT_SECRET", "secret");
};

const ann = { email: "ann@example.com", password: PASSWORD };

test("who signs up is the current user", async () => {
  const t = backend();
  const { as, cookie } = await signUp(t, "Ann");
  expect(cookie).toContain("better-auth.session_token=");
  expect(await as.query(api.auth.getCurrentUser, {})).toMatchObject({
    name: "Ann",
    email: "ann@example.com",
    emailVerified: false,
  });
});

test("who signs in again is the same user", async () => {
  const t = backend();
  const before = await (await signUp(t, "Ann")).as.query(api.auth.getCurrentUser, {});
  const { as } = signedIn(t, await post(t, "/sign-in/email", ann));
  expect(await as.query(api.auth.getCurrentUser, {})).toEqual(before);
});

test("a wrong password is refused in Better Auth's words", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const response = await post(t, "/sign-in/email", { ...ann, password: "not the right one" });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ message: "Invalid email or password" });
});

test("an address has one account", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const response = await post(t, "/sign-up/email", { ...ann, name: "Another Ann" });
  expect(response.status).toBe(422);
  expect(response.headers.getSetCookie()).toEqual([]);
});

test("pages of other sites are refused, unless the deployment names them", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const elsewhere = "https://preview.example";
  expect((await post(t, "/sign-in/email", ann, elsewhere)).status).toBe(403);
  vi.stubEnv("BETTER_AUTH_TRUSTED_ORIGINS", `https://www.example,${elsewhere}`);
  expect((await post(t, "/sign-in/email", ann, elsewhere)).status).toBe(200);
});

test("nobody is the current user when signed out", async () => {
  expect(await backend().query(api.auth.getCurrentUser, {})).toBeNull();
});

test("GitHub is offered only when its credentials are set", async () => {
  const t = backend();
  const github = { provider: "github", callbackURL: "/dashboard" };
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ github: false });
  expect((await post(t, "/sign-in/social", github)).status).toBe(404);

  setGithub();
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ github: true });
  const response = await post(t, "/sign-in/social", github);
  expect(response.status).toBe(200);
  const { url } = (await response.json()) as { url: string };
  const asked = new URL(url);
  expect(asked.origin + asked.pathname).toBe("https://github.com/login/oauth/authorize");
  expect(asked.searchParams.get("client_id")).toBe("id");
  expect(asked.searchParams.get("redirect_uri")).toBe("http://localhost:3000/api/auth/callback/github");
});

test("half of GitHub's credentials are none", async () => {
  vi.stubEnv("GITHUB_CLIENT_ID", "id");
  expect(await backend().query(api.auth.signInMethods, {})).toMatchObject({ github: false });
});

test("signing in by mail is offered only where mails go somewhere", async () => {
  const t = backend();
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ mail: false });
  vi.stubEnv("RESEND_API_KEY", "re_test");
  expect(await t.query(api.auth.signInMethods, {})).toMatchObject({ mail: true });
});

test("an account that is deleted takes its todos along, and nobody else's", async () => {
  const t = backend();
  const [ann, bob] = [await signUp(t, "Ann"), await signUp(t, "Bob")];
  for (const text of ["One", "Two"]) await ann.as.mutation(api.todos.create, { text });
  await bob.as.mutation(api.todos.create, { text: "Bob's" });
  expect((await postAs(t, ann.cookie, "/delete-user", { password: PASSWORD })).status).toBe(200);
  const left = await t.run((ctx) => ctx.db.query("todos").collect());
  expect(left.map(({ text }) => text)).toEqual(["Bob's"]);
});

test("a guest who signs up or in keeps the todos, and is gone", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const becoming = [
    { path: "/sign-up/email", body: { name: "Bob", email: "bob@example.com", password: PASSWORD } },
    { path: "/sign-in/email", body: ann },
  ];
  for (const { path, body } of becoming) {
    const guest = signedIn(t, await post(t, "/sign-in/anonymous", {}));
    expect(await guest.as.query(api.auth.getCurrentUser, {})).toMatchObject({ name: "Guest", isAnonymous: true });
    await guest.as.mutation(api.todos.create, { text: "Begun as a guest" });
    const person = signedIn(t, await postAs(t, guest.cookie, path, body));
    expect(await person.as.query(api.auth.getCurrentUser, {})).toMatchObject({ email: body.email });
    expect(await person.as.query(api.todos.list, {})).toMatchObject([{ text: "Begun as a guest" }]);
    expect(await guest.as.query(api.auth.getCurrentUser, {})).toBeNull();
  }
});

test("a wrong password leaves a guest a guest", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const guest = signedIn(t, await post(t, "/sign-in/anonymous", {}));
  await guest.as.mutation(api.todos.create, { text: "Mine" });
  const wrong = { ...ann, password: "not the right one" };
  expect((await postAs(t, guest.cookie, "/sign-in/email", wrong)).status).toBe(401);
  expect(await guest.as.query(api.todos.list, {})).toMatchObject([{ text: "Mine" }]);
});

test("the list of a person's sessions is read by an index", async () => {
  const warn = vi.spyOn(console, "warn");
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  const response = await t.fetch("/api/auth/list-sessions", { headers: { cookie } });
  expect(await response.json()).toHaveLength(1);
  expect(warn.mock.calls.flat().filter((text) => /without an index/.test(String(text)))).toEqual([]);
  warn.mockRestore();
});

import { afterEach, expect, test, vi } from "vitest";
import { api } from "./_generated/api";
import { backend, PASSWORD, post, signedIn, signUp } from "./testing.setup";

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
  expect(await t.query(api.auth.signInMethods, {})).toEqual({ github: false });
  expect((await post(t, "/sign-in/social", github)).status).toBe(404);

  setGithub();
  expect(await t.query(api.auth.signInMethods, {})).toEqual({ github: true });
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
  expect(await backend().query(api.auth.signInMethods, {})).toEqual({ github: false });
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

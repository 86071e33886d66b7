import { expect, test } from "vitest";
import { api } from "./_generated/api";
import { backend, post, signUp } from "./testing.setup";

test("signing up answers a session cookie and a Convex token", async () => {
  const t = backend();
  const { cookie } = await signUp(t, "Ann");
  expect(cookie).toContain("better-auth.session_token=");
});

test("a wrong password is refused in Better Auth's words", async () => {
  const t = backend();
  await signUp(t, "Ann");
  const response = await post(t, "/sign-in/email", {
    email: "ann@example.com",
    password: "not the right one",
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ message: "Invalid email or password" });
});

test("nobody is the current user when signed out", async () => {
  expect(await backend().query(api.auth.getCurrentUser, {})).toBeNull();
});

test("GitHub is offered only when its credentials are set", async () => {
  const t = backend();
  expect(await t.query(api.auth.signInMethods, {})).toEqual({ github: false });
  process.env.GITHUB_CLIENT_ID = "id";
  process.env.GITHUB_CLIENT_SECRET = "secret";
  try {
    expect(await t.query(api.auth.signInMethods, {})).toEqual({ github: true });
  } finally {
    delete process.env.GITHUB_CLIENT_ID;
    delete process.env.GITHUB_CLIENT_SECRET;
  }
});

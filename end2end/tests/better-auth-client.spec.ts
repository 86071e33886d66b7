// Better Auth's own JavaScript client, through the server's proxy. It is the repository's package, in the version that
// the functions use.

import { clientAt } from "../support/better-auth";
import { newPerson } from "../support/people";
import { expect, test } from "../support/test";

test("signs up, out and in", async ({ baseURL }) => {
  const person = newPerson();
  const { client, cookies } = clientAt(baseURL);

  const signedUp = await client.signUp.email(person);
  expect(signedUp.error).toBeNull();
  expect(signedUp.data?.user).toMatchObject({ name: person.name, email: person.email });
  expect((await client.getSession()).data?.user.email).toBe(person.email);
  expect([...cookies.keys()]).toContain("better-auth.session_token");

  expect((await client.signOut()).data).toEqual({ success: true });
  expect((await client.getSession()).data).toBeNull();
  expect([...cookies.keys()]).not.toContain("better-auth.session_token");

  const { email, password } = person;
  const refused = await client.signIn.email({ email, password: "not the password" });
  expect(refused.error).toMatchObject({ status: 401, message: "Invalid email or password", code: "INVALID_EMAIL_OR_PASSWORD" });
  const signedIn = await client.signIn.email({ email, password });
  expect(signedIn.error).toBeNull();
  expect((await client.getSession()).data?.user.email).toBe(email);
  expect((await client.listSessions()).data).toHaveLength(1);
});

test("changes the user and the password, and ends other sessions", async ({ baseURL }) => {
  const person = newPerson();
  const [one, other] = [clientAt(baseURL), clientAt(baseURL)];
  await one.client.signUp.email(person);
  await other.client.signIn.email(person);

  expect((await one.client.updateUser({ name: "Grace" })).error).toBeNull();
  expect((await other.client.getSession()).data?.user.name).toBe("Grace");

  const changed = await one.client.changePassword({
    currentPassword: person.password,
    newPassword: "another password",
    revokeOtherSessions: true,
  });
  expect(changed.error).toBeNull();
  expect((await one.client.getSession()).data?.user.name).toBe("Grace");
  expect((await other.client.getSession()).data).toBeNull();
  expect((await other.client.signIn.email(person)).error?.status).toBe(401);
});

test("concurrent requests are kept apart", async ({ baseURL }) => {
  const visits = Array.from({ length: 12 }, async (_, index) => {
    const person = newPerson();
    const { client } = clientAt(baseURL);
    const headers = { "user-agent": `browser ${index}` };
    const { error } = await client.signUp.email(person, { headers });
    expect(error).toBeNull();
    const { data } = await client.getSession();
    expect(data?.user.email).toBe(person.email);
    expect(data?.session.userAgent).toBe(`browser ${index}`);
  });
  await Promise.all(visits);
});

test("a second account for an address is refused in Better Auth's own words", async ({ baseURL }) => {
  const person = newPerson();
  await clientAt(baseURL).client.signUp.email(person);
  const { error } = await clientAt(baseURL).client.signUp.email(person);
  expect(error?.status).toBe(422);
  expect(error?.message).toMatch(/already exists/);
});

test("a request from another site's page is refused", async ({ baseURL }) => {
  const person = newPerson();
  const own = clientAt(baseURL);
  await own.client.signUp.email(person);
  const { client } = clientAt(baseURL, "https://evil.example");
  const { error } = await client.signIn.email({ ...person, callbackURL: "https://evil.example/" });
  expect(error?.status).toBe(403);
});

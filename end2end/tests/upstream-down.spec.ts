// A backend that does not answer: pages say so, and recover once it does.
//
// One server plays the deployment, another one uses it.

import { accountLink, addTodo, newPerson, sendSignIn, signUpByApi } from "../support/people";
import { freePort, Server } from "../support/server";
import { expect, test } from "../support/test";

let deployment: Server;
let server: Server;

test.beforeEach(async ({ complaints }) => {
  // The browser logs each attempt to reach the backend, and failed requests, as expected.
  complaints.tolerated.push(/WebSocket connection to .* failed/, /status of 50[234]/);
  const port = await freePort();
  deployment = await Server.start({ siteUrl: `http://localhost:${port}`, keepBackendPorts: true });
  server = await Server.start({ port, deployment: deployment.backend });
});

test.afterEach(async () => {
  await server.remove();
  await deployment.remove();
});

test("pages say that the backend is unreachable, and recover", async ({ page, context, hydrates }) => {
  const person = await signUpByApi(context, server.url);
  await page.goto(`${server.url}/dashboard`);
  await addTodo(page, "Not lost");

  await deployment.stop();
  if (hydrates) {
    // The open page keeps what it shows and says that it is no longer live.
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    await expect(page.getByRole("checkbox", { name: "Not lost" })).toBeVisible();
  }
  const answer = await page.goto(`${server.url}/dashboard`);
  expect([502, 503, 504]).toContain(answer?.status());
  await expect(page.getByRole("alert")).toContainText("Not available at the moment");
  await expect(page.getByText("Unauthorized")).toHaveCount(0);
  await expect(accountLink(page, "Dashboard")).toBeVisible();
  // A page that needs no backend works.
  expect((await page.goto(`${server.url}/`))?.status()).toBe(200);

  await page.goto(`${server.url}/dashboard`);
  await expect(page.getByRole("alert")).toContainText("Not available at the moment");
  await deployment.launch();
  // The page recovers by itself.
  await expect(page.getByRole("checkbox", { name: "Not lost" })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(`Signed in as ${person.name}`)).toBeVisible();
});

test("forms and the auth routes say so, too", async ({ page, context }) => {
  await deployment.stop();
  await page.goto(`${server.url}/sign-in`);
  await sendSignIn(page, newPerson());
  await expect(page.getByRole("alert")).not.toHaveText("");
  await expect(page.getByRole("alert")).not.toHaveText("Invalid email or password");

  const session = await context.request.get(`${server.url}/api/auth/get-session`);
  expect([502, 503, 504]).toContain(session.status());
  expect((await context.request.get(`${server.url}/healthz`)).status()).toBe(200);

  await deployment.launch();
  await expect
    .poll(async () => (await context.request.get(`${server.url}/api/auth/get-session`)).status())
    .toBe(200);
});

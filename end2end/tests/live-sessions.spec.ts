// Signed-in pages from memory. They are never older than what the same browser has written or shown, with and without
// WebAssembly.

import { addTodo, saved, signUpByApi } from "../support/people";
import { freePort, Server } from "../support/server";
import { expect, test } from "../support/test";

test.describe.configure({ mode: "serial" });

let server: Server;
let metricsPort: number;

test.beforeAll(async () => {
  metricsPort = await freePort();
  server = await Server.start({ live: { sessions: 100, metricsPort } });
});

test.afterAll(async () => server?.remove());

/** Counts how many pages have been answered from a live session. */
async function hits(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(text.match(/^live_sessions_hits_total (\d+)$/m)?.[1]);
}

test("a page shows what this browser wrote before it", async ({ page, context, open }) => {
  test.slow();
  await signUpByApi(context, server.url);
  await open(`${server.url}/dashboard`);
  const before = await hits();
  for (let round = 0; round < 12; round++) {
    // Written over the browser's own socket with WebAssembly, and by a form without it.
    const text = `Round ${round}`;
    await addTodo(page, text);
    await saved(page);
    for (let load = 0; load < 5; load++) {
      const html = await (await context.request.get(`${server.url}/dashboard`)).text();
      expect(html, `load ${load} of round ${round}`).toContain(text);
    }
  }
  expect(await hits()).toBeGreaterThan(before + 12);
});

test("a page shows what another page of the same browser has already shown", async ({ page, context, hydrates, open }) => {
  test.skip(!hydrates, "without WebAssembly a page does not update by itself");
  const person = await signUpByApi(context, server.url);
  await open(`${server.url}/dashboard`);
  const second = await context.newPage();
  await open(`${server.url}/dashboard`, second);
  for (let round = 0; round < 12; round++) {
    const text = `From elsewhere ${round}`;
    await addTodo(page, text);
    // Once this page shows it, a reload must show it, too.
    await expect(second.getByText(text, { exact: true })).toBeVisible();
    const html = await (await context.request.get(`${server.url}/dashboard`)).text();
    expect(html).toContain(text);
    expect(html).toContain(person.name);
  }
});

test("after signing out, pages are a visitor's", async ({ page, context, baseURL: _, open }) => {
  const person = await signUpByApi(context, server.url);
  await open(`${server.url}/dashboard`);
  const load = async () => (await context.request.get(`${server.url}/dashboard`)).text();
  const before = await hits();
  await expect.poll(async () => (await load(), await hits())).toBeGreaterThan(before);
  expect(await load()).toContain(person.name);
  const origin = server.url;
  const answer = await context.request.post(`${origin}/api/auth/sign-out`, { headers: { origin }, data: {} });
  expect(answer.status()).toBe(200);
  expect(await load()).not.toContain(person.name);
  await page.goto("about:blank");
});

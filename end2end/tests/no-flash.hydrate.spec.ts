// The states that a page shows on a slow network and a slow processor, from the first paint on: never a wrong one.

import { addTodo, signUpByApi } from "../support/people";
import { followFrames, hasValues } from "../support/frames";
import { drawFrames, type Moment, recorded, slowDown, startRecording } from "../support/recorder";
import { expect, test, untilHydrated } from "../support/test";

test.slow();

/** Returns the recorded texts that contain a word which the page must never show. */
const wrong = (moments: Moment[], words: string[]) =>
  moments.flatMap(({ at, text }) =>
    words.filter((word) => text.includes(word)).map((word) => `${word} at ${at} ms`),
  );

/**
 * Returns the moments that lack a word which the page has shown before. A browser may draw the beginning of a document
 * while the rest is still arriving, so the moments before the first appearance do not count.
 */
function lost(moments: Moment[], word: string): Moment[] {
  const first = moments.findIndex(({ text }) => text.includes(word));
  expect(first, `the page shows ${word}`).toBeGreaterThanOrEqual(0);
  return moments.slice(first).filter(({ text }) => !text.includes(word));
}

const SIGNED_OUT_WORDS = ["Sign in", "Create an account", "Loading...", "Unauthorized", "Not available", "Something went wrong"];
const TODO = "Was here before";

for (const path of ["/", "/dashboard", "/protected"]) {
  test(`${path} never looks signed out to a signed-in person`, async ({ page, context, baseURL, open }) => {
    const person = await signUpByApi(context, baseURL);
    await open("/dashboard");
    await addTodo(page, TODO);

    const seen = await context.newPage();
    const frames = await followFrames(seen);
    await startRecording(seen);
    await slowDown(seen);
    await seen.goto(path, { waitUntil: "commit" });
    await untilHydrated(seen);
    if (path === "/dashboard") await expect.poll(() => hasValues(frames), { timeout: 60_000 }).toBe(true);
    await drawFrames(seen, 30);

    const moments = await recorded(seen);
    expect(wrong(moments, [...SIGNED_OUT_WORDS, "No todos yet"])).toEqual([]);
    expect(lost(moments, "Dashboard")).toEqual([]);
    if (path === "/dashboard") {
      expect(lost(moments, TODO)).toEqual([]);
      expect(lost(moments, person.name)).toEqual([]);
      await expect(seen.getByText("Live", { exact: true })).toBeVisible();
    }
  });

  test(`${path} never looks signed in to a visitor`, async ({ page }) => {
    await startRecording(page);
    await slowDown(page);
    await page.goto(path, { waitUntil: "commit" });
    await untilHydrated(page);
    await drawFrames(page, 60);

    const moments = await recorded(page);
    const signedIn = ["Dashboard", "Open your dashboard", "Signed in as", "Hello", "Loading...", "Todos", "Not available"];
    expect(wrong(moments, signedIn)).toEqual([]);
    expect(lost(moments, "Sign in")).toEqual([]);
  });
}

test("a first sign-in goes straight to the dashboard", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/dashboard");
  await addTodo(page, TODO);
  await context.clearCookies();

  await startRecording(page);
  await open("/sign-in");
  await slowDown(page);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("checkbox", { name: TODO })).toBeVisible({ timeout: 60_000 });
  await drawFrames(page, 30);
  expect(wrong(await recorded(page), ["Unauthorized", "No todos yet", "Not available", "Something went wrong"])).toEqual([]);
});

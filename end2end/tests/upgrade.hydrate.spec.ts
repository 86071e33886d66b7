// A release while a page is open: the page says so, keeps working, and loses nothing that was typed.

import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addTodo, signUpByApi } from "../support/people";
import { Server, siteRoot } from "../support/server";
import { expect, test, untilHydrated } from "../support/test";

/** Makes a copy of the site in which the hashed files have other names, as in the next release. */
function nextSite(): string {
  const root = mkdtempSync(join(tmpdir(), "end2end-site-"));
  cpSync(siteRoot(), root, { recursive: true });
  const pkg = join(root, "pkg");
  const isHashed = /^([^.]+\.)([^.]+)(\.(js|wasm|css))$/;
  for (const file of readdirSync(pkg)) {
    if (isHashed.test(file)) renameSync(join(pkg, file), join(pkg, file.replace(isHashed, "$1next$3")));
  }
  return root;
}

const offer = /new version of this page/;

test.describe("a release under an open page", () => {
  let server: Server;
  let next: string;
  test.beforeEach(async () => {
    next = nextSite();
    server = await Server.start({ keepBackendPorts: true });
  });
  test.afterEach(async () => {
    await server.remove();
    rmSync(next, { recursive: true, force: true });
  });

  test("the page offers to load it, finishes what is being done, and keeps what was typed", async ({ newVisitor, complaints }) => {
    const { context, page } = await newVisitor();
    await signUpByApi(context, server.url);
    await page.goto(`${server.url}/dashboard`);
    await untilHydrated(page);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    const before = await page.locator("html").getAttribute("data-release");
    await page.getByLabel("New todo").fill("Half a thought");
    // The page loses its connection and tries to reconnect.
    complaints.tolerated.push(/WebSocket connection/, /ERR_CONNECTION_REFUSED/);
    await server.stop();
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    await server.launch(next);

    await expect(page.getByRole("status").filter({ hasText: offer })).toBeVisible();
    await expect(page.getByLabel("New todo")).toHaveValue("Half a thought");
    await page.getByLabel("New todo").press("End");
    await page.getByLabel("New todo").pressSequentially(", whole now");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByRole("checkbox", { name: "Half a thought, whole now" })).toBeEnabled();

    await page.getByLabel("New todo").fill("Typed before loading it again");
    await page.getByRole("button", { name: "Load it" }).click();
    await expect(page.locator("html")).not.toHaveAttribute("data-release", before ?? "");
    await expect(page.getByLabel("New todo")).toHaveValue("Typed before loading it again");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(page.getByText(offer)).toHaveCount(0);
  });

  test("a tab that is shown again asks for the release, and says nothing if it is the same", async ({ newVisitor }) => {
    const { page } = await newVisitor();
    await page.goto(`${server.url}/sign-up`);
    await page.getByLabel("Name").fill("Ann");
    const shownAgain = async () => {
      const asked = page.waitForResponse("**/api/release");
      await page.evaluate(() => dispatchEvent(new Event("visibilitychange")));
      await asked;
    };
    await shownAgain();
    await expect(page.getByText(offer)).toHaveCount(0);
    await server.stop();
    await server.launch(next);
    // The page asks at most every five seconds.
    await page.waitForTimeout(5_100);
    await shownAgain();
    await expect(page.getByRole("status").filter({ hasText: offer })).toBeVisible();
    await expect(page.getByLabel("Name")).toHaveValue("Ann");
  });

  test("a page whose code is gone says so, and its forms work", async ({ newVisitor, complaints }) => {
    // To the browser, an answer that the test fulfils comes from another network.
    complaints.tolerated.push(/404/, /Failed to fetch dynamically imported module/, /preloaded/, /MIME type/, /WebSocket/);
    const { context, page } = await newVisitor();
    await signUpByApi(context, server.url);
    // The page of the old release: answered before the swap, it asks for its code afterwards.
    const old = await context.request.get(`${server.url}/dashboard`);
    const [html, headers] = [await old.text(), old.headers()];
    await server.stop();
    await server.launch(next);
    await page.route("**/dashboard", (route) => route.fulfill({ body: html, headers }), { times: 1 });
    await page.goto(`${server.url}/dashboard`);
    await expect(page.getByRole("status").filter({ hasText: offer })).toBeVisible();
    await page.getByLabel("New todo").fill("Without code");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await untilHydrated(page);
    await expect(page.getByRole("checkbox", { name: "Without code" })).toBeEnabled();
    await addTodo(page, "With the new code");
  });

  test("a form of an earlier release is answered with an explanation", async ({ newVisitor, complaints }) => {
    complaints.tolerated.push(/404/);
    const { page } = await newVisitor();
    await page.goto(`${server.url}/sign-up`);
    await page.locator("form", { has: page.getByLabel("Name") }).evaluate((form: HTMLFormElement) => {
      form.action = "/actions/of-an-old-release";
      form.noValidate = true;
    });
    await page.getByRole("button", { name: "Sign up" }).click();
    await expect(page.getByRole("heading")).toHaveText("This page is from an earlier version");
    await expect(page.getByText("Nothing was changed")).toBeVisible();
  });
});

// The accessibility of every page, checked with axe in light and dark mode.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import axe from "axe-core";
import { linkInMail } from "../support/mail-links";
import { mailboxUrl } from "../support/mailbox";
import { sendSignIn, signUpByApi, switchSecondFactorOn } from "../support/people";
import { expect, test } from "../support/test";

/** Every page, in the states that depend on the address. */
const visitor = [
  "/",
  "/landing",
  "/sign-in",
  "/sign-in?error=account_not_linked",
  "/sign-in/email",
  "/sign-in/code",
  "/sign-in/link",
  "/sign-in/link?token=x",
  "/sign-up",
  "/forgot-password",
  "/forgot-password?done=reset-sent",
  "/reset-password",
  "/reset-password?token=x",
  "/verify-email",
  "/verify-email?error=INVALID_TOKEN",
  "/verify-email/confirm",
  "/verify-email/confirm?token=x",
  "/two-factor",
  "/protected",
  "/dashboard",
  "/no/such/page",
];
const signedIn = ["/dashboard", "/protected", "/settings", "/settings?done=name", "/settings?done=sign-in-again", mailboxUrl()];

/** Expects that axe finds nothing on the open page. */
async function expectNothingFound(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  });
  expect(found, what).toEqual([]);
}

test("the lists contain every page of the app", () => {
  const app = join(import.meta.dirname, "../../app/src");
  const files = readdirSync(app, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs"));
  const code = files.map((file) => readFileSync(join(app, file), "utf8")).join("\n");
  const pages = [...code.matchAll(/path!\("([^"]+)"\)/g)].map(([, path]) => path);
  const listed = [...visitor, ...signedIn].map((path) => new URL(path, "http://localhost").pathname);
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.filter((path) => !listed.includes(path ?? ""))).toEqual([]);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const [who, paths] of Object.entries({ visitor, signedIn })) {
    test(`axe finds nothing: ${colorScheme}, ${who}`, async ({ page, context, baseURL, open }) => {
      test.slow();
      await page.emulateMedia({ colorScheme });
      if (who === "signedIn") await signUpByApi(context, baseURL);
      for (const path of paths) {
        await open(path);
        await expectNothingFound(page, path);
      }
    });
  }
}

test("axe finds nothing on the pages where a link or a code is used", async ({ page, context, baseURL, open, newVisitor }) => {
  test.slow();
  const person = await signUpByApi(context, baseURL);
  const stranger = await newVisitor();
  const confirm = await linkInMail(page, person.email, /^Confirm your/);
  await open(confirm, stranger.page);
  await expectNothingFound(stranger.page, "a link to confirm");

  await open("/sign-in/email", stranger.page);
  await stranger.page.getByLabel("Email").fill(person.email);
  await stranger.page.getByRole("radio", { name: /link/ }).check();
  await stranger.page.getByRole("button", { name: "Send the mail" }).click();
  await expect(stranger.page.getByText("A mail with a link is on its way")).toBeVisible();
  await expectNothingFound(stranger.page, "a link on its way");
  await open(await linkInMail(page, person.email, /sign-in link/));
  await expectNothingFound(page, "a link to sign in");

  await stranger.page.getByRole("radio", { name: /code/ }).check();
  await stranger.page.getByLabel("Email").fill(person.email);
  await stranger.page.getByRole("button", { name: "Send the mail" }).click();
  await expect(stranger.page).toHaveURL(/\/sign-in\/code/);
  await expectNothingFound(stranger.page, "a mailed code");

  await switchSecondFactorOn(context, baseURL, person);
  await open("/settings");
  await expectNothingFound(page, "settings with a second factor");
  await open("/sign-in", stranger.page);
  await sendSignIn(stranger.page, person);
  await expect(stranger.page).toHaveURL("/two-factor");
  await expectNothingFound(stranger.page, "a second factor");
});

test("a password can be shown, and Caps Lock is reported", async ({ page, open }) => {
  await open("/sign-in");
  const password = page.getByLabel("Password");
  await password.fill("correct horse");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "password");
  await password.dispatchEvent("keyup", { key: "A", modifierCapsLock: true });
  await expect(page.getByText("Caps Lock is on.")).toBeVisible();
});

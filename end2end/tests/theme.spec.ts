// The theme: the system's, or what this browser has chosen, from the first paint on.

import type { Page } from "@playwright/test";
import { signUpByApi } from "../support/people";
import { expect, test } from "../support/test";

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const choose = (page: Page, name: string) =>
  page.getByRole("group", { name: "Theme" }).getByRole("button", { name }).click();

test("a chosen theme stays on other pages", async ({ page, open, hydrates }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open("/sign-in?callbackURL=%2Fprotected");
  await page.getByLabel("Email").fill("half@typed");
  if (!hydrates) await page.getByLabel("Email").fill("");
  const light = await background(page);
  await choose(page, "Dark");
  const pressed = page.getByRole("button", { name: "Dark" });
  await expect(pressed).toHaveAttribute("aria-pressed", "true");
  expect(await background(page)).not.toBe(light);
  // Where scripts run, choosing a theme loads no page, so nothing typed is lost.
  if (hydrates) await expect(page.getByLabel("Email")).toHaveValue("half@typed");
  await expect(page).toHaveURL("/sign-in?callbackURL=%2Fprotected");
  const dark = await background(page);
  await open("/");
  expect(await background(page)).toBe(dark);
  await choose(page, "System");
  await expect(page.getByRole("button", { name: "System" })).toHaveAttribute("aria-pressed", "true");
  expect(await background(page)).toBe(light);
});

test("the document itself has the theme, so that nothing flashes", async ({ context, baseURL }) => {
  for (const theme of ["dark", "light"]) {
    await context.addCookies([{ name: "theme", value: theme, url: baseURL }]);
    const html = await (await context.request.get(baseURL)).text();
    expect(html).toContain(`data-theme="${theme}"`);
    expect(html).toContain(`content="${theme}"`);
  }
  await context.addCookies([{ name: "theme", value: "x%22onload=1", url: baseURL }]);
  expect(await (await context.request.get(baseURL)).text()).toContain('data-theme="system"');
});

test("the menu in the header leads to the settings and signs out", async ({ page, context, baseURL, open }) => {
  const person = await signUpByApi(context, baseURL);
  await open("/");
  const header = page.getByRole("banner");
  await header.getByText(person.name).click();
  await expect(header.getByText(person.email)).toBeVisible();
  await header.getByRole("link", { name: "Settings" }).click();
  await expect(page).toHaveURL("/settings");
  await header.getByText(person.name).click();
  await header.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/");
  await expect(header.getByRole("link", { name: "Sign in" })).toBeVisible();
});

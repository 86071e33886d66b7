// Somebody signs up in a new app, adds a todo, and sees it in a second window.
//   node sign-up.mjs http://localhost:3000

import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const site = process.argv[2];
const system = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
const browser = await chromium.launch({
  executablePath: system.find((path) => path && existsSync(path)),
  args: ["--no-sandbox"],
});
try {
  const context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${site}/sign-up`);
  await page.getByLabel("Name").fill("Ann");
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByLabel("Password").fill("a long enough password 7");
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.waitForURL(`${site}/dashboard`);
  await page.getByText("Live", { exact: true }).waitFor();
  const other = await context.newPage();
  await other.goto(`${site}/dashboard`);
  await other.getByText("Live", { exact: true }).waitFor();
  await page.getByLabel("New todo").fill("Begin");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await other.getByRole("checkbox", { name: "Begin" }).waitFor();
  if (errors.length > 0) throw new Error(errors.join("\n"));
  console.log(`signed up at ${site} as "${await page.title()}", and a todo came to a second window`);
} finally {
  await browser.close();
}

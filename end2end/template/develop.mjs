// A check of a new app: a person signs up, adds a todo and sees it in a second window. Then they edit a style and a
// component that runs in the browser, and see each change in the open page.
//   node develop.mjs http://localhost:3000 FOLDER

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";

const [site, folder] = process.argv.slice(2);

function replace(file, from, to) {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
}

const system = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
const browser = await chromium.launch({
  executablePath: system.find((path) => path && existsSync(path)),
  args: ["--no-sandbox"],
});
try {
  const context = await browser.newContext();
  // Changed Rust code has to be compiled first.
  context.setDefaultTimeout(300_000);
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
  console.log(`signed up at ${site} as "${await page.title()}", and a todo came to a second window`);

  await other.close();
  await page.evaluate(() => { window.isTheOpenPage = true; });
  appendFileSync(join(folder, "style/main.css"), "\nh1 { outline: 7px solid }\n");
  await page.waitForFunction(() => getComputedStyle(document.querySelector("h1")).outlineWidth === "7px");
  if (!await page.evaluate(() => window.isTheOpenPage)) throw new Error("the page was loaded again for a style");
  console.log("an edited style came to the open page");

  const isBuilt = () => page.waitForFunction(() => !window.isTheOpenPage);
  replace("app/src/islands/todos/mod.rs", '"Todos"</h2>', '"Tasks"</h2>');
  const heading = page.getByRole("heading", { name: "Tasks" });
  await heading.waitFor();
  const isPatched = await page.evaluate(() => window.isTheOpenPage);
  if (!isPatched) throw new Error("an edited text came only with the next build");
  await isBuilt();
  await heading.waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.evaluate(() => { window.isTheOpenPage = true; });
  await page.getByLabel("New todo").fill("Go on");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("checkbox", { name: "Go on" }).waitFor();
  if (!await page.evaluate(() => window.isTheOpenPage)) throw new Error("the new todo was sent as a plain form");
  console.log("an edited component came to the open page, and runs");
  if (errors.length > 0) throw new Error(errors.join("\n"));
} finally {
  await browser.close();
}

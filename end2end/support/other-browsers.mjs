// The main path in Firefox and WebKit: sign up, todos live in a second window, settings, back.
//
// Firefox is driven over WebDriver BiDi, WebKitGTK over WebDriver; both are the system's (Debian: firefox-esr,
// webkit2gtk-driver, and xvfb for a screen). Errors in Firefox's console fail the test;
// WebKitGTK does not report any.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import WebDriver from "webdriver";

const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);
const MINI_BROWSER = miniBrowser();

/** The installed browsers. */
export const installed = {
  firefox: FIREFOX !== undefined,
  webkit: MINI_BROWSER !== undefined && ["/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb"].every(existsSync),
};

/** Retries until `check` returns a true value. The message contains the last value or error. */
async function until(what, check) {
  let last;
  for (let tries = 0; tries < 100; tries++) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await pause(200);
  }
  assert.fail(`${what}: ${last}`);
}

/** The operations that the path needs, the same in both browsers. */
class Window {
  constructor(site, driver) {
    this.site = site;
    this.driver = driver;
  }
  open(path) {
    return this.driver.open(new URL(path, this.site).href);
  }
  /** Returns the text of the first element that matches a selector. */
  text(selector) {
    return this.driver.run((selector) => document.querySelector(selector)?.textContent ?? "", selector);
  }
  path() {
    return this.driver.run(() => location.pathname);
  }
  says(selector, text) {
    return until(`${selector} says ${text}`, async () => (await this.text(selector)).includes(text));
  }
  leadsTo(path) {
    return until(`leads to ${path}`, async () => (await this.path()) === path);
  }
  async fill(selector, text) {
    await until(`${selector} is there`, () => this.driver.run((it) => document.querySelector(it) !== null, selector));
    await this.driver.fill(selector, text);
  }
  async press(selector) {
    await until(`${selector} is there`, () => this.driver.run((it) => document.querySelector(it) !== null, selector));
    await this.driver.press(selector);
  }
}

async function mainPath(first, second) {
  const person = { name: "Ada", email: `ada-${Date.now()}@example.com`, password: "correct horse battery" };
  await first.open("/sign-up");
  for (const [field, text] of Object.entries(person)) await first.fill(`#sign-up-${field}`, text);
  await first.press('form[action="/actions/sign-up"] button[type="submit"]');
  await first.leadsTo("/dashboard");
  await first.says("main", `Signed in as ${person.name}`);
  await first.says(".connection", "Live");

  await second.open("/dashboard");
  await second.says(".connection", "Live");
  await first.fill("#todos-text", "Seen in both windows");
  await first.press(".todo-add button");
  await second.says(".todo-list", "Seen in both windows");
  await second.press(".todo-toggle");
  await until("is done in the first window, too", () =>
    first.driver.run(() => document.querySelector(".todo-toggle")?.ariaChecked === "true"),
  );

  await first.open("/settings");
  await first.fill("#update-name-name", "Ada Lovelace");
  await first.press('form[action="/actions/update-name"] button[type="submit"]');
  await first.says("main", "Your name is changed.");
  await second.says("main", "Signed in as Ada Lovelace");
  await first.driver.back();
  await first.driver.back();
  await first.leadsTo("/dashboard");
  await first.says(".connection", "Live");

  await first.press('.dashboard form[action="/actions/sign-out"] button');
  await first.leadsTo("/");
  await second.says("h1", "Unauthorized");
}

/** Walks the path on the server at `site` in Firefox, over BiDi. */
export async function firefox(site) {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
  const complaints = [];
  const open = async () => {
    const page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    return new Window(site, {
      open: (url) => page.goto(url),
      run: (fn, ...args) => page.evaluate(fn, ...args),
      fill: async (selector, text) => {
        await page.evaluate((selector) => (document.querySelector(selector).value = ""), selector);
        await page.type(selector, text);
      },
      press: (selector) => page.click(selector),
      back: () => page.goBack(),
    });
  };
  try {
    await mainPath(await open(), await open());
    // The page of the ended session is answered with 401, which browsers log.
    const real = complaints.filter((text) => !/401/.test(text));
    assert.deepEqual(real, [], "what the console said");
  } finally {
    await browser.close();
  }
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Finds WebKitGTK's browser for tests. */
function miniBrowser() {
  const machines = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const versions = ["webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0"];
  return machines
    .flatMap((machine) => versions.map((version) => join("/usr/lib", machine, version, "MiniBrowser")))
    .find(existsSync);
}

/** Walks the path in WebKitGTK, over WebDriver, with two windows in one session. */
export async function webkit(site) {
  const port = await freePort();
  const display = `:${90 + (process.pid % 100)}`;
  const screen = spawn("Xvfb", [display, "-screen", "0", "1280x1024x24"], { stdio: "ignore" });
  const env = { ...process.env, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" };
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env });
  try {
    const browser = await until("the driver answers", () =>
      WebDriver.newSession({
        hostname: "127.0.0.1",
        port,
        logLevel: "error",
        connectionRetryCount: 0,
        capabilities: {
          alwaysMatch: { "webkitgtk:browserOptions": { binary: MINI_BROWSER, args: ["--automation"] } },
        },
      }),
    );
    const element = async (selector) => Object.values(await browser.findElement("css selector", selector))[0];
    const open = (handle) => {
      const here = async (act) => {
        await browser.switchToWindow(handle);
        return act();
      };
      return new Window(site, {
        open: (url) => here(() => browser.navigateTo(url)),
        run: (fn, ...args) => here(() => browser.executeScript(`return (${fn})(...arguments)`, args)),
        fill: (selector, text) =>
          here(async () => {
            const id = await element(selector);
            await browser.elementClear(id);
            await browser.elementSendKeys(id, text);
          }),
        press: (selector) => here(async () => browser.elementClick(await element(selector))),
        back: () => here(() => browser.back()),
      });
    };
    const first = await browser.getWindowHandle();
    const { handle: second } = await browser.createWindow("window");
    try {
      await mainPath(open(first), open(second));
    } finally {
      await browser.deleteSession();
    }
  } finally {
    driver.kill();
    screen.kill();
  }
}

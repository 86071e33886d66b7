// A comparison of this project's pages with the guide's Next.js app. They take turns in one run on one embedded
// backend.
//
// In: APPS (name=server:site folder, comma-separated; the targets apply to the first), CONVEX_LOCAL (its binary),
// ROUNDS, LINES (slow,fast), JSON (a file), NO_MAKE=true (the Next.js app as it was made last).
// Out: tables on standard output, everything as JSON in the file.
//
// Milliseconds from the start of the navigation, medians of all rounds; each visit has a new browser context.
// - first paint, largest paint: as the browser reports them (`paint`, `largest-contentful-paint`)
// - blocking: what tasks after the first paint took beyond 50 ms each
// - live: on the dashboard, when a todo shows that was added elsewhere after the page's HTML had arrived. That needs
//   the query's first result over the WebSocket, and a page that reacts to it. Both are listed, too:
//   `transition`, the first message with a query's value, and `hydrated`
// - hydrated: the last moment at which code took over an element: React's mark on a heading, form or button, or a
//   listener for clicks, input, or submits added to one. None on a page that runs no code
// - bytes: as they were transferred, compressed by each server in its own way

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { chromium } from "@playwright/test";
import { folder as nextFolder } from "./next/make.mjs";
import { endAll, root, startAll } from "./pages/apps.mjs";
import { mutate, person, session, token } from "./pages/person.mjs";
import { brotliOf, print, printTargets, summary } from "./pages/report.mjs";
import { LINES, navigate, visit } from "./pages/visit.mjs";

const rounds = Number(process.env.ROUNDS ?? 5);
const jsonFile = resolve(root, process.env.JSON ?? "target/bench/pages.json");
const lines = (process.env.LINES ?? "slow,fast").split(",");
/** What is visited, signed in or out; `warm` is a second visit. */
const VISITS = [
  { path: "/", who: "out" },
  { path: "/", who: "in" },
  { path: "/sign-in", who: "out", heading: "Sign in" },
  { path: "/dashboard", who: "out", heading: "Unauthorized" },
  { path: "/dashboard", who: "in", heading: "Dashboard", live: true },
  { path: "/dashboard", who: "in", heading: "Dashboard", live: true, warm: true },
];
/** Which links are clicked. */
const NAVIGATIONS = [
  { from: "/", to: "/sign-in", who: "out", link: "Sign in", heading: "Sign in" },
  { from: "/", to: "/dashboard", who: "in", link: "Dashboard", heading: "Dashboard" },
];

const version = (name, from) => JSON.parse(readFileSync(join(from, "node_modules", name, "package.json"))).version;

async function main() {
  const apps = await startAll();
  const system = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
  const browser = await chromium.launch({
    executablePath: system.find((path) => path && existsSync(path)),
    args: ["--no-sandbox"],
  });
  const results = new Map();
  const keep = (key, result) => results.set(key, [...(results.get(key) ?? []), result]);
  try {
    const cookies = await session(apps[0], "sign-up/email", person);
    const bearer = await token(apps[0], cookies);
    for (const text of ["Write the letter", "Water the plants", "Call Bob"]) await mutate(bearer, "todos:create", { text });
    // The first round does not count, so that no server is measured on its first request.
    for (let round = -1; round < rounds; round++) {
      for (const line of round < 0 ? ["fast"] : lines) {
        // No app always comes first.
        const turn = (round + 1) % apps.length;
        for (const app of [...apps.slice(turn), ...apps.slice(0, turn)]) {
          const cookies = await session(app, "sign-in/email", person);
          const as = { cookies, token: await token(app, cookies) };
          for (const wanted of VISITS) {
            const result = await visit(browser, app, LINES[line], wanted, as);
            if (round >= 0) keep(JSON.stringify({ line, ...wanted, app: app.name }), result);
          }
          for (const wanted of NAVIGATIONS) {
            const result = await navigate(browser, app, LINES[line], wanted, as);
            if (round >= 0) keep(JSON.stringify({ line, ...wanted, app: app.name }), result);
          }
        }
        console.error(`round ${round + 1} of ${rounds}, ${line}`);
      }
    }
    const report = {
      versions: {
        chromium: browser.version(),
        node: process.versions.node,
        next: version("next", nextFolder),
        react: version("react", nextFolder),
        convex: version("convex", nextFolder),
        "better-auth": version("better-auth", nextFolder),
      },
      rounds,
      lines,
      rows: [],
      navigations: [],
    };
    for (const wanted of [...VISITS, ...NAVIGATIONS]) {
      for (const line of lines) {
        for (const { name: app } of apps) {
          const all = results.get(JSON.stringify({ line, ...wanted, app }));
          const row = { line, ...wanted, app, ...summary(all), each: all };
          if (wanted.to) report.navigations.push(row);
          else report.rows.push({ ...row, codeBrotli: await brotliOf(all[0].code) });
        }
      }
    }
    print(report);
    printTargets(report);
    mkdirSync(dirname(jsonFile), { recursive: true });
    writeFileSync(jsonFile, JSON.stringify(report, null, 2));
    console.log(`\nWritten to ${jsonFile}`);
  } finally {
    await browser.close();
  }
}

if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error("ROUNDS must be a whole number over 0");
for (const line of lines) if (!(line in LINES)) throw new Error(`LINES: "${line}" is not one of ${Object.keys(LINES)}`);
process.once("SIGINT", () => {
  endAll();
  process.exit(130);
});
try {
  await main();
} finally {
  endAll();
}

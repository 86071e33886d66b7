// Medians, tables and verdicts of `pages.mjs`.

import { brotliCompressSync } from "node:zlib";
import { firstApp } from "./apps.mjs";
import { LINES } from "./visit.mjs";

const median = (numbers) => {
  const sorted = numbers.filter((it) => it !== null && it !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Returns the medians of all rounds of one row. */
export function summary(results) {
  const row = {};
  for (const key of Object.keys(results[0])) {
    if (key === "bytes") {
      const kinds = new Set(results.flatMap(({ bytes }) => Object.keys(bytes)));
      row.bytes = Object.fromEntries([...kinds].map((kind) => [kind, median(results.map(({ bytes }) => bytes[kind] ?? 0))]));
    } else if (key !== "code") {
      row[key] = median(results.map((it) => it[key]));
    }
  }
  return row;
}

const brotliSizes = new Map();

/** Returns the size of a page's code compressed with brotli, whatever its server does. */
export async function brotliOf(urls) {
  let bytes = 0;
  for (const url of new Set(urls)) {
    if (!brotliSizes.has(url)) {
      // Compressing takes longer than a server keeps an idle connection.
      const answer = await fetch(url, { headers: { connection: "close" } });
      brotliSizes.set(url, brotliCompressSync(Buffer.from(await answer.arrayBuffer())).length);
    }
    bytes += brotliSizes.get(url);
  }
  return bytes;
}

const codeOf = ({ bytes }) => (bytes.js ?? 0) + (bytes.wasm ?? 0);

/** Prints whether the first app meets its targets, some of them relative to Next.js in the same run. */
export function printTargets({ rows, lines }) {
  const [line] = lines;
  const row = (path, who, app, warm) =>
    rows.find((it) => it.line === line && it.path === path && it.who === who && it.app === app && it.warm === warm);
  const judge = (what, value, wanted, unit) => {
    const verdict = value <= wanted ? "met" : "missed";
    console.log(`  ${verdict.padEnd(8)}${what}: ${value.toFixed(0)} ${unit}, wanted ${wanted.toFixed(0)} at most`);
  };
  const [mine, next] = [firstApp, "next"].map((app) => row("/dashboard", "in", app));
  console.log(`\n  Targets of ${firstApp}, ${LINES[line].says}\n`);
  judge("dashboard live", mine.live, 0.85 * next.live, "ms");
  judge("dashboard blocking", mine.blocking, next.blocking / 2, "ms");
  judge("dashboard code", codeOf(mine) / 1000, 215, "kB");
  judge("sign-in code", codeOf(row("/sign-in", "out", firstApp)) / 1000, 190, "kB");
  judge("landing code, nothing live there", codeOf(row("/", "out", firstApp)) / 1000, 0, "kB");
  judge("dashboard code, second visit", codeOf(row("/dashboard", "in", firstApp, true)) / 1000, 0, "kB");
}

/** Prints the tables. */
export function print({ rounds, lines, versions, rows, navigations }) {
  console.log(`\nPages, taking turns on one backend (${rounds} rounds, medians; ms, kB)\n`);
  console.log(`  ${Object.entries(versions).map(([name, it]) => `${name} ${it}`).join(", ")}`);
  const ms = (value) => (value === null || value === undefined ? "-" : value.toFixed(0)).padStart(11);
  const kb = (value) => (value / 1000).toFixed(1).padStart(9);
  for (const line of lines) {
    console.log(`\n  ${LINES[line].says}\n`);
    console.log(
      `  ${"".padEnd(37)}${["first paint", "largest", "blocking", "hydrated", "transition", "live"].map((it) => it.padStart(12)).join("")}` +
        ["code", "brotli", "all"].map((it) => it.padStart(9)).join("") + "  by kind",
    );
    for (const row of rows.filter((it) => it.line === line)) {
      const name = `${row.path} signed ${row.who}${row.warm ? ", again" : ""}`;
      const times = [row.firstPaint, row.largestPaint, row.blocking, row.hydrated, row.transition, row.live];
      const { bytes } = row;
      const all = Object.values(bytes).reduce((sum, it) => sum + it, 0);
      const kinds = Object.entries(bytes).map(([kind, it]) => `${kind} ${(it / 1000).toFixed(1)}`).join(", ");
      console.log(
        `  ${name.padEnd(30)}${row.app.padEnd(7)}${times.map((it) => ` ${ms(it)}`).join("")}${kb(codeOf(row))}${kb(row.codeBrotli)}${kb(all)}  ${kinds}`,
      );
    }
    console.log("\n  From the click on a link until the next heading is painted\n");
    for (const row of navigations.filter((it) => it.line === line)) {
      console.log(`  ${`${row.from} to ${row.to}`.padEnd(30)}${row.app.padEnd(7)} ${ms(row.shown)} ms${kb(row.bytes.all)} kB`);
    }
  }
}

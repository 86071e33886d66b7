// The JavaScript half of the test in `javascript.rs`, with npm `convex`. Each line of the input is
// `[described, encoded]`. The answer has the description of the decoded value, and the encoding of the described value.

import { createInterface } from "node:readline";
import { convexToJson, jsonToConvex } from "convex/values";

const bits = (number) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
};
const number = (hex) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
};

function describe(value) {
  if (value === null) return ["null"];
  if (typeof value === "boolean") return ["boolean", value];
  if (typeof value === "bigint") return ["int64", value.toString()];
  if (typeof value === "number") return ["number", bits(value)];
  if (typeof value === "string") return ["string", value];
  if (value instanceof ArrayBuffer) return ["bytes", Buffer.from(value).toString("hex")];
  if (Array.isArray(value)) return ["array", value.map(describe)];
  const fields = Object.keys(value).sort();
  return ["object", fields.map((name) => [name, describe(value[name])])];
}

const make = {
  null: () => null,
  boolean: (value) => value,
  int64: (text) => BigInt(text),
  number,
  string: (text) => text,
  bytes: (hex) => new Uint8Array(Buffer.from(hex, "hex")).buffer,
  array: (items) => items.map(build),
  object: (fields) => Object.fromEntries(fields.map(([name, value]) => [name, build(value)])),
};
const build = ([kind, content]) => make[kind](content);

for await (const line of createInterface({ input: process.stdin })) {
  const [described, encoded] = JSON.parse(line);
  const answer = [describe(jsonToConvex(JSON.parse(encoded))), JSON.stringify(convexToJson(build(described)))];
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

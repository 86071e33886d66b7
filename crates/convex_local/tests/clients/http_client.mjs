// `ConvexHttpClient` of the npm package, as an app uses it.
import assert from "node:assert/strict";
import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { ConvexError } from "convex/values";

const { url, token, expired } = JSON.parse(process.argv[2]);
const client = new ConvexHttpClient(url, { logger: false });

assert.deepEqual(await client.query(anyApi.notes.list, {}), []);
await client.mutation(anyApi.notes.add, { text: "one" });
assert.deepEqual(await client.query(anyApi.notes.list, {}), ["one"]);
assert.deepEqual(await client.consistentQuery(anyApi.notes.list, {}), ["one"]);
assert.deepEqual(await client.function(anyApi.notes.list, undefined, {}), ["one"]);

const args = { big: 9007199254740993n, bytes: new Uint8Array([0, 255]).buffer, number: -Infinity };
assert.deepEqual(await client.query(anyApi.notes.values, args), args);

await assert.rejects(client.query(anyApi.todos.list, {}), (error) => {
  assert(error instanceof ConvexError);
  assert.equal(error.data, "Unauthenticated");
  return true;
});
await assert.rejects(client.query(anyApi.notes.fails, {}), /Server Error\nUncaught Error: boom/);
await assert.rejects(client.query(anyApi.notes.nope, {}), /Could not find public function for 'notes:nope'/);

client.setAuth(token);
await client.mutation(anyApi.todos.create, { text: "tea" });
await client.action(anyApi.todos.createViaAction, { text: "cake" });
assert.deepEqual(
  (await client.query(anyApi.todos.list, {})).map(({ text }) => text),
  ["tea", "cake"],
);
await assert.rejects(client.mutation(anyApi.todos.create, { text: "" }), (error) => {
  assert(error instanceof ConvexError);
  assert.deepEqual(error.data, { code: "EMPTY_TEXT", message: "Text is required" });
  return true;
});
await assert.rejects(client.mutation(anyApi.todos.create, { text: 1 }), /text/);

client.setAuth(expired);
await assert.rejects(client.query(anyApi.notes.list, {}), /Token expired \d+ seconds ago/);

// `ConvexClient` of the npm package: live queries over its WebSocket.
import assert from "node:assert/strict";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { ConvexError } from "convex/values";

const { url, token, expired } = JSON.parse(process.argv[2]);
const quiet = { logger: false, unsavedChangesWarning: false };
const client = new ConvexClient(url, quiet);
const other = new ConvexHttpClient(url, { logger: false });

/** Collects the values of a live query; `until` waits for one. */
function follow(client, query, args = {}) {
  const seen = [];
  const waiting = new Set();
  const settle = () => waiting.forEach((check) => check());
  client.onUpdate(
    query,
    args,
    (value) => (seen.push(value), settle()),
    (error) => (seen.push(error), settle()),
  );
  const until = (wanted, what) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: never among ${JSON.stringify(seen)}`)), 15_000);
      const check = () => {
        const value = seen.find(wanted);
        if (value === undefined && !seen.some((one) => one === undefined && wanted(one))) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(value);
      };
      waiting.add(check);
      check();
    });
  return { seen, until };
}

const notes = follow(client, anyApi.notes.list);
await notes.until((value) => value.length === 0, "the empty list");
await other.mutation(anyApi.notes.add, { text: "by another" });
await notes.until((value) => value.length === 1, "another client's note");
const id = await client.mutation(anyApi.notes.add, { text: "my own" });
assert.equal(typeof id, "string");
await notes.until((value) => value.at(-1) === "my own", "the own note");

// The real update replaces the optimistic one. Both are never shown at once.
await client.mutation(
  anyApi.notes.add,
  { text: "hoped" },
  { optimisticUpdate: (store) => store.setQuery(anyApi.notes.list, {}, [...store.getQuery(anyApi.notes.list, {}), "hoped"]) },
);
await notes.until((value) => value.length === 3, "the third note");
assert(notes.seen.every((value) => value.length <= 3), JSON.stringify(notes.seen));

await assert.rejects(client.query(anyApi.todos.list, {}), (error) => error instanceof ConvexError);
await assert.rejects(client.mutation(anyApi.notes.nope, {}), /Could not find public function/);

// Signing in on the open socket.
let refused = 0;
const authenticated = new Promise((resolve) => client.setAuth(async () => token, (is) => is && resolve()));
await authenticated;
const todos = follow(client, anyApi.todos.list);
await todos.until((value) => Array.isArray(value), "todos of a signed-in person");
await client.mutation(anyApi.todos.create, { text: "tea" });
await client.action(anyApi.todos.createViaAction, { text: "cake" });
await todos.until((value) => value.length === 2, "both todos");
await assert.rejects(client.mutation(anyApi.todos.create, { text: "" }), (error) => {
  assert.deepEqual(error.data, { code: "EMPTY_TEXT", message: "Text is required" });
  return true;
});

// A bad token: the client asks for a new one, then says that nobody is signed in.
const stranger = new ConvexClient(url, quiet);
const signedOut = new Promise((resolve) =>
  stranger.setAuth(
    async () => (refused++, expired),
    (is) => !is && resolve(),
  ),
);
await signedOut;
assert(refused >= 1);

await client.close();
await stranger.close();
process.exit(0);

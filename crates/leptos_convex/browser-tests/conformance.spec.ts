// The live client compared with npm `convex`: both run the same script on the same backend, and must report the same.
//
// Loading is not compared: npm `convex` keeps showing a former user's results until there are others, and reports
// nothing while it waits.

import type { Page } from "@playwright/test";
import { buildClients, type Files } from "./support/build";
import { CLIENTS, type Entry, Harness, type Kind } from "./support/harness";
import { Issuer } from "./support/issuer";
import { ScriptedServer, tokenOf } from "./support/scripted-server";
import { signUpByApi } from "../../../end2end/support/people";
import { Server } from "../../../end2end/support/server";
import { expect, test } from "../../../end2end/support/test";

// One worker, so that the clients are compiled once.
test.describe.configure({ mode: "default" });
// The policy of the app's pages does not allow the clients' scripts.
test.use({ bypassCSP: true });

const ORIGIN = "https://conformance.example";
let files: Files;

test.beforeAll(async () => {
  test.setTimeout(900_000);
  files = await buildClients();
});

type Script = (client: Harness, server: ScriptedServer) => Promise<void>;

/** Runs a script with both clients, each in its own page. Both must report the same, in the same order. */
async function compare(pageFor: (kind: Kind) => Promise<Page>, script: Script): Promise<Entry[]> {
  const logs: Entry[][] = [];
  for (const kind of CLIENTS) {
    const page = await pageFor(kind);
    const server = new ScriptedServer();
    await server.attach(page);
    const client = await Harness.open(page, ORIGIN, files, kind);
    await script(client, server);
    await client.do("close");
    logs.push(await client.log());
    await page.close();
  }
  const [official, ours] = logs as [Entry[], Entry[]];
  expect(ours).toEqual(official);
  return ours;
}

/** Messages that our client logs about lost connections, refused tokens and failing functions. */
const TOLD = [/^console warning: \[Convex\] /, /^console error: \[CONVEX [QMA]\(/];
test.beforeEach(({ complaints }) => void complaints.tolerated.push(...TOLD));

const scripted = (name: string, script: Script, expected: Entry[]) =>
  test(name, async ({ context }) => {
    expect(await compare(() => context.newPage(), script)).toEqual(expected);
  });

scripted(
  "queries change together, fail, recover and are unsubscribed",
  async (client, server) => {
    let count = 1;
    server.answers.set("count:get", () => (count < 0 ? { error: "Server Error" } : { value: count }));
    server.answers.set("count:double", (_, { by }) =>
      count < 0 ? { error: "Uncaught ConvexError", data: { code: "NEGATIVE" } } : { value: count * Number(by) },
    );
    await client.do("subscribe", "count", "count:get");
    await client.says("count", { value: 1 });
    await client.do("subscribe", "double", "count:double", { by: 2 });
    await client.says("double", { value: 2 });
    await client.do("subscribe", "again", "count:get");
    await client.says("again", { value: 1 });
    await client.do("subscribe", "missing", "count:nope");
    await client.says("missing", { error: "Could not find public function for 'count:nope'" });
    count = 2;
    server.push();
    await client.says("double", { value: 4 });
    count = -1;
    server.push();
    await client.says("double", { error: '{"code":"NEGATIVE"}' });
    await client.do("unsubscribe", "double");
    count = 3;
    server.push();
    await client.says("again", { value: 3 });
  },
  [
    ["count", { value: 1 }],
    ["double", { value: 2 }],
    ["again", { value: 1 }],
    ["missing", { error: "Could not find public function for 'count:nope'" }],
    ["again", { value: 2 }],
    ["count", { value: 2 }],
    ["double", { value: 4 }],
    ["again", { error: "Server Error" }],
    ["count", { error: "Server Error" }],
    ["double", { error: '{"code":"NEGATIVE"}' }],
    ["again", { value: 3 }],
    ["count", { value: 3 }],
  ],
);

scripted(
  "a mutation whose connection breaks is sent again, and ends once its writes show",
  async (client, server) => {
    let count = 1;
    server.answers.set("count:get", () => ({ value: count }));
    await client.do("subscribe", "count", "count:get");
    await client.says("count", { value: 1 });
    await client.do("call", "add", "mutation", "count:add", { by: 1 });
    await server.until(() => server.requests.length === 1);
    await server.drop();
    await server.until(() => server.requests.length === 2);
    const [first, second] = server.requests;
    expect(second).toEqual(first);
    server.answer(second!, { value: 2 });
    // Answered, but not visible yet.
    server.answers.set("count:other", () => ({ value: "meanwhile" }));
    await client.do("subscribe", "other", "count:other");
    await client.says("other", { value: "meanwhile" });
    count = 2;
    server.push();
    await client.do("answered", "add");
    await client.says("count", { value: 2 });
  },
  [
    ["count", { value: 1 }],
    ["other", { value: "meanwhile" }],
    ["count", { value: 2 }],
    ["add", { result: 2 }],
  ],
);

scripted(
  "an action whose connection breaks is not run again",
  async (client, server) => {
    await client.do("call", "pay", "action", "bank:pay");
    await server.until(() => server.requests.length === 1);
    await server.drop();
    await client.do("answered", "pay");
    await client.do("call", "later", "action", "bank:look");
    await server.until(() => server.requests.length === 2);
    expect(server.requests[1]?.udfPath).toBe("bank:look");
    server.answer(server.requests[1]!, { value: [1, { a: null }] });
    await client.do("answered", "later");
  },
  [
    ["pay", { failed: "Connection lost while action was in flight" }],
    ["later", { result: [1, { a: null }] }],
  ],
);

scripted(
  "failures carry the function's message and data",
  async (client, server) => {
    for (const [name, kind] of [["m", "mutation"], ["a", "action"]] as const) {
      await client.do("call", `${name}1`, kind, "x:y");
      await server.until(() => server.requests.length === 1);
      server.answer(server.requests.pop()!, { error: "Server Error" });
      await client.do("answered", `${name}1`);
      await client.do("call", `${name}2`, kind, "x:y");
      await server.until(() => server.requests.length === 1);
      server.answer(server.requests.pop()!, { error: "Uncaught ConvexError: no", data: { code: 7 } });
      await client.do("answered", `${name}2`);
    }
  },
  [
    ["m1", { failed: "Server Error" }],
    ["m2", { failed: '{"code":7}' }],
    ["a1", { failed: "Server Error" }],
    ["a2", { failed: '{"code":7}' }],
  ],
);

scripted(
  "a refused token is replaced by a fresh one before anything is shown",
  async (client, server) => {
    const [kept, fresh] = [tokenOf("Ada", "kept"), tokenOf("Ada", "fresh")];
    server.refused.add(kept);
    server.answers.set("me:name", (person) => ({ value: person || "nobody" }));
    await client.do("setAuth", { kept, fresh });
    await client.do("subscribe", "name", "me:name");
    await client.says("name", { value: "Ada" });
    await client.says("signed in", true);
  },
  [
    ["signed in", true],
    ["name", { value: "Ada" }],
  ],
);

scripted(
  "an expired token is replaced while the page stays as it is",
  async (client, server) => {
    const [kept, first, second] = [tokenOf("Ada", "kept"), tokenOf("Ada", "first"), tokenOf("Ada", "second")];
    let visits = 1;
    server.answers.set("me:visits", (person) => (person ? { value: [person, visits] } : { error: "Unauthenticated" }));
    await client.do("setAuth", { kept, fresh: [first, second] });
    await client.do("subscribe", "visits", "me:visits");
    await client.says("visits", { value: ["Ada", 1] });
    await client.says("signed in", true);
    // npm `convex` may have fetched the first fresh token already, and be about to send it.
    server.expire(kept, first);
    await server.until(() => server.person === "Ada" && server.token === second);
    visits = 2;
    server.push();
    await client.says("visits", { value: ["Ada", 2] });
  },
  [
    ["signed in", true],
    ["visits", { value: ["Ada", 1] }],
    ["visits", { value: ["Ada", 2] }],
  ],
);

scripted(
  "without a session, nobody is signed in",
  async (client, server) => {
    server.answers.set("me:name", (person) => ({ value: person || "nobody" }));
    await client.do("setAuth", { kept: null, fresh: null });
    await client.do("subscribe", "name", "me:name");
    await client.says("name", { value: "nobody" });
    await client.says("signed in", false);
  },
  [
    ["signed in", false],
    ["name", { value: "nobody" }],
  ],
);

scripted(
  "another person sees their own results",
  async (client, server) => {
    server.answers.set("me:name", (person) => ({ value: person || "nobody" }));
    for (const person of ["Ada", "Grace"]) {
      await client.do("setAuth", { kept: tokenOf(person), fresh: tokenOf(person, "fresh") });
      if (person === "Ada") await client.do("subscribe", "name", "me:name");
      await client.says("name", { value: person });
    }
  },
  [
    ["signed in", true],
    ["name", { value: "Ada" }],
    ["name", { value: "Grace" }],
  ],
);

scripted(
  "a transition in chunks is put together, and a ping changes nothing",
  async (client, server) => {
    server.inPieces = true;
    let text = "é".repeat(50);
    server.answers.set("text:get", () => ({ value: text }));
    await client.do("subscribe", "text", "text:get");
    await client.says("text", { value: text });
    server.send({ type: "Ping" });
    text = "🦀".repeat(50);
    server.push();
    await client.says("text", { value: text });
  },
  [
    ["text", { value: "é".repeat(50) }],
    ["text", { value: "🦀".repeat(50) }],
  ],
);

scripted(
  "pages stay whole while items are added",
  async (client, server) => {
    const items = [10, 20, 30, 40, 50];
    // Where each page ended when it was first read: what Convex keeps in a query's journal.
    const ends = new Map<string, number>();
    server.answers.set("items:page", (_, { paginationOpts }) => {
      const { cursor, numItems, endCursor } = paginationOpts as { cursor: string | null; numItems: number; endCursor?: string };
      const after = items.filter((item) => item > Number(cursor ?? 0));
      const key = JSON.stringify([cursor, numItems]);
      const end = endCursor === undefined ? (ends.get(key) ?? after[numItems - 1] ?? Infinity) : Number(endCursor);
      if (endCursor === undefined) ends.set(key, end);
      const page = after.filter((item) => item <= end);
      return { value: { page, isDone: end === Infinity, continueCursor: String(end) } };
    });
    // npm `convex` reports "Loading" in a timer, and not at all if a result comes before.
    server.waitsForPush = true;
    await client.do("paginate", "items", "items:page", 2);
    await client.says("items", { pages: ["LoadingFirstPage", []] });
    server.push();
    await client.says("items", { pages: ["CanLoadMore", [10, 20]] });
    await client.do("loadMore", "items", 2);
    await client.says("items", { pages: ["LoadingMore", [10, 20]] });
    server.push();
    await client.says("items", { pages: ["CanLoadMore", [10, 20, 30, 40]] });
    items.splice(1, 0, 15);
    server.push();
    await client.says("items", { pages: ["CanLoadMore", [10, 15, 20, 30, 40]] });
    await client.do("loadMore", "items", 2);
    await client.says("items", { pages: ["LoadingMore", [10, 15, 20, 30, 40]] });
    server.push();
    await client.says("items", { pages: ["Exhausted", [10, 15, 20, 30, 40, 50]] });
    items.push(60);
    server.push();
    await client.says("items", { pages: ["Exhausted", [10, 15, 20, 30, 40, 50, 60]] });
  },
  [
    ["items", { pages: ["LoadingFirstPage", []] }],
    ["items", { pages: ["CanLoadMore", [10, 20]] }],
    ["items", { pages: ["LoadingMore", [10, 20]] }],
    ["items", { pages: ["CanLoadMore", [10, 20, 30, 40]] }],
    ["items", { pages: ["CanLoadMore", [10, 15, 20, 30, 40]] }],
    ["items", { pages: ["LoadingMore", [10, 15, 20, 30, 40]] }],
    ["items", { pages: ["Exhausted", [10, 15, 20, 30, 40, 50]] }],
    ["items", { pages: ["Exhausted", [10, 15, 20, 30, 40, 50, 60]] }],
  ],
);

/** Replaces values that differ from run to run by the order in which they first appear. */
function masked(log: Entry[]): unknown {
  const seen: unknown[] = [];
  const place = (value: unknown) => {
    if (!seen.includes(value)) seen.push(value);
    return seen.indexOf(value);
  };
  const changing = ["_id", "_creationTime", "userId"];
  const text = JSON.stringify(log).replace(/Request ID: [0-9a-f]{16}/g, "Request ID");
  return JSON.parse(text, (field, value: unknown) =>
    changing.includes(field) || (typeof value === "string" && /^[a-z0-9]{32}$/.test(value)) ? place(value) : value,
  );
}

/** Splits the log by query and call: a mutation that is sent again may be answered before or after its writes show. */
function apart(log: Entry[]): unknown {
  const names = new Set(log.map(([name]) => name));
  return [...names].sort().map((of) => masked(log.filter(([name]) => name === of)));
}

test("both report the same on the embedded backend, over a lost connection too", async ({ newVisitor, baseURL }) => {
  const logs = [];
  for (const kind of CLIENTS) {
    const { context, page } = await newVisitor();
    await signUpByApi(context, baseURL);
    let breaks = false;
    await page.routeWebSocket(/\/sync$/, (socket) => {
      const backend = socket.connectToServer();
      socket.onMessage((text) => {
        backend.send(text);
        if (!breaks || !String(text).includes('"Mutation"')) return;
        breaks = false;
        // The backend has the mutation, but the page gets no answer.
        backend.onMessage(() => undefined);
        void socket.close({ code: 1012 });
      });
      backend.onMessage((text) => socket.send(text));
    });
    const client = await Harness.open(page, baseURL, files, kind, "/healthz");
    const call = async (name: string, path: string, args: object) => {
      await client.do("call", name, "mutation", path, args);
      await client.do("answered", name);
    };
    await client.do("setAuth", `${baseURL}/api/auth/convex/token`);
    await client.do("subscribe", "todos", "todos:list");
    await client.says("todos", { value: [] });
    await call("first", "todos:create", { text: "First" });
    breaks = true;
    await call("second", "todos:create", { text: "Second" });
    expect(breaks).toBe(false);
    await call("empty", "todos:create", { text: " " });
    await call("wrong", "todos:create", { text: 7 });
    await client.do("subscribe", "nowhere", "todos:nowhere");
    await expect.poll(async () => (await client.log()).some(([what]) => what === "nowhere")).toBe(true);
    const [, list] = (await client.log()).findLast(([what]) => what === "todos") as [string, { value: { _id: string; text: string }[] }];
    expect(list.value.map(({ text }) => text)).toEqual(["Second", "First"]);
    await call("toggle", "todos:toggle", { id: list.value[0]?._id });
    await call("clear", "todos:clearDone", {});
    await client.do("close");
    logs.push(apart(await client.log()));
    await page.close();
  }
  expect(logs[1]).toEqual(logs[0]);
});

test("both page through a list on the embedded backend, and see a query fail and recover", async ({ context }) => {
  const server = await Server.start({ functions: "crates/leptos_convex/browser-tests/convex" });
  try {
    const logs = [];
    for (const list of CLIENTS) {
      const page = await context.newPage();
      const client = await Harness.open(page, server.url, files, list, "/healthz");
      const call = async (name: string, path: string, args: object) => {
        await client.do("call", name, "mutation", path, { list, ...args });
        await client.do("answered", name);
      };
      await client.do("subscribe", "sum", "items:sum", { list });
      await client.says("sum", { value: 0 });
      await call("fill", "items:add", { positions: [10, 20, 30, 40, 50] });
      await client.do("paginate", "items", "items:page", 2, { list });
      await client.says("items", { pages: ["CanLoadMore", [10, 20]] });
      await client.do("loadMore", "items", 2);
      await client.says("items", { pages: ["CanLoadMore", [10, 20, 30, 40]] });
      await call("between", "items:add", { positions: [15, 25] });
      await client.says("items", { pages: ["CanLoadMore", [10, 15, 20, 25, 30, 40]] });
      await client.do("loadMore", "items", 5);
      await client.says("items", { pages: ["Exhausted", [10, 15, 20, 25, 30, 40, 50]] });
      await call("behind", "items:add", { positions: [60] });
      await client.says("items", { pages: ["Exhausted", [10, 15, 20, 25, 30, 40, 50, 60]] });
      await call("fail", "items:add", { positions: [-1] });
      await client.says("sum", { error: '{"code":"NEGATIVE","position":-1}' });
      await call("nothing", "items:remove", { position: 7 });
      await call("recover", "items:remove", { position: -1 });
      await client.says("sum", { value: 250 });
      await client.do("close");
      logs.push(masked(await client.log()));
      await page.close();
    }
    expect(logs[1]).toEqual(logs[0]);
  } finally {
    await server.remove();
  }
});

test.describe("signing in at the embedded backend", () => {
  let server: Server;
  let issuer: Issuer;
  /** An issuer whose key the backend does not know. */
  let stranger: Issuer;

  test.beforeAll(async () => {
    server = await Server.start({ functions: "crates/leptos_convex/browser-tests/convex" });
    [issuer, stranger] = [new Issuer(), new Issuer()];
    await issuer.introduce(server.backend);
  });
  test.afterAll(() => server.remove());

  interface Stage {
    client: Harness;
    /** The drawer that separates the notes of this run from those of the others. */
    drawer: string;
    /** Returns how often the backend has refused a token. */
    refusals: () => number;
    /** Leaves a note for a person, from outside the page. */
    leave: (owner: string, text: string) => Promise<void>;
  }

  /** Runs a script with both clients, each in its own page. Both must report the expected entries, in their order. */
  const onStage = (name: string, script: (stage: Stage) => Promise<void>, expected: Entry[]) =>
    test(name, async ({ context }) => {
      const logs = [];
      for (const kind of CLIENTS) {
        const page = await context.newPage();
        let refusals = 0;
        await page.routeWebSocket(/\/sync$/, (socket) => {
          const backend = socket.connectToServer();
          backend.onMessage((text) => {
            if (String(text).includes('"AuthError"')) refusals += 1;
            socket.send(text);
          });
        });
        const client = await Harness.open(page, server.url, files, kind, "/healthz");
        const drawer = `${kind} ${name}`;
        const leave = async (owner: string, text: string) => {
          const call = { path: "notes:leave", format: "json", args: [{ drawer, owner, text }] };
          const answer = await context.request.post(`${server.backend.cloudUrl}/api/mutation`, { data: call });
          expect(await answer.json()).toMatchObject({ status: "success" });
        };
        await script({ client, drawer, refusals: () => refusals, leave });
        await client.do("close");
        logs.push(await client.log());
        await page.close();
      }
      const [official, ours] = logs;
      expect(ours).toEqual(official);
      expect(ours).toEqual(expected);
    });

  const notes = (owner: string, ...texts: string[]): Entry => ["notes", { value: { owner, texts } }];
  const [, ADA_HAS_NOTHING] = notes("Ada");

  onStage(
    "one person's notes are never shown to the next",
    async ({ client, drawer, leave }) => {
      const become = (person: string) =>
        client.do("setAuth", { kept: issuer.token(person), fresh: issuer.token(person) });
      const write = async (name: string, text: string) => {
        await client.do("call", name, "mutation", "notes:write", { drawer, text });
        await client.do("answered", name);
      };
      const says = ([what, content]: Entry) => client.says(what, content);

      await become("Ada");
      await client.do("subscribe", "notes", "notes:mine", { drawer });
      await says(notes("Ada"));
      await write("Ada writes", "a secret");
      await says(notes("Ada", "a secret"));
      await become("Grace");
      await says(notes("Grace"));
      await leave("Ada", "while away");
      await write("Grace writes", "another");
      await says(notes("Grace", "another"));
      await become("Ada");
      await says(notes("Ada", "a secret", "while away"));
      await client.do("clearAuth");
      await client.says("notes", { error: '"Nobody is signed in"' });
      await leave("Ada", "while signed out");
      await write("nobody writes", "nothing");
      await become("Grace");
      await says(notes("Grace", "another"));
      await client.says("signed in", true);
    },
    [
      ["signed in", true],
      notes("Ada"),
      notes("Ada", "a secret"),
      ["Ada writes", { result: null }],
      notes("Grace"),
      notes("Grace", "another"),
      ["Grace writes", { result: null }],
      notes("Ada", "a secret", "while away"),
      ["signed in", false],
      ["notes", { error: '"Nobody is signed in"' }],
      ["nobody writes", { failed: '"Nobody is signed in"' }],
      ["signed in", true],
      notes("Grace", "another"),
    ],
  );

  onStage(
    "an expired token is replaced, and the page stays as it is",
    async ({ client, drawer, refusals, leave }) => {
      const short = issuer.token("Ada", 3);
      const ended = new Promise((resolve) => setTimeout(resolve, 4000));
      // The page gets another token only after the backend has refused this one.
      await client.serveTokens(() => (refusals() === 0 ? short : issuer.token("Ada")));
      await client.do("subscribe", "notes", "notes:mine", { drawer });
      await client.says("notes", ADA_HAS_NOTHING);
      await client.says("signed in", true);
      await ended;
      expect(refusals()).toBe(0);
      await leave("Ada", "later");
      await client.says("notes", { value: { owner: "Ada", texts: ["later"] } });
      expect(refusals()).toBeGreaterThan(0);
    },
    [["signed in", true], notes("Ada"), notes("Ada", "later")],
  );

  onStage(
    "tokens are fetched until the backend accepts one",
    async ({ client, drawer, refusals }) => {
      const [kept, first, second] = [1, 2, 3].map(() => stranger.token("Ada")) as [string, string, string];
      await client.do("setAuth", { kept, fresh: [first, second, issuer.token("Ada")] });
      await client.do("subscribe", "notes", "notes:mine", { drawer });
      await client.says("notes", ADA_HAS_NOTHING);
      await client.says("signed in", true);
      expect(refusals()).toBe(3);
    },
    [["signed in", true], notes("Ada")],
  );

  onStage(
    "nobody is signed in once the backend has refused every token",
    async ({ client, drawer, refusals }) => {
      await client.do("setAuth", { kept: stranger.token("Ada"), fresh: [1, 2, 3, 4].map(() => stranger.token("Ada")) });
      await client.do("subscribe", "notes", "notes:mine", { drawer });
      await client.says("signed in", false);
      await client.says("notes", { error: '"Nobody is signed in"' });
      expect(refusals()).toBe(4);
    },
    [
      ["signed in", false],
      ["notes", { error: '"Nobody is signed in"' }],
    ],
  );
});

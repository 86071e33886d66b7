// The published components, each used for its purpose.
import { createHmac, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { withApp } from "./app";

test("aggregate counts, sums and ranks what a table holds", () =>
  withApp("aggregate", async (app) => {
    const ids: string[] = [];
    for (const score of [10, 90, 40, 70, 60]) ids.push(await app.mutation("scores:add", { name: `${score}`, score }));
    expect(await app.query("scores:summary")).toEqual({ count: 5, sum: 270, max: 90, median: 60, above50: 3 });
    await app.mutation("scores:change", { id: ids[0], score: 100 });
    await app.mutation("scores:remove", { id: ids[1] });
    expect(await app.query("scores:summary")).toEqual({ count: 4, sum: 270, max: 100, median: 70, above50: 3 });
  }));

test("workpool runs queued work, a few at a time, and reports each result", () =>
  withApp("workpool", async (app) => {
    const ids: string[] = await app.mutation("pool:start", { count: 6 });
    const results = await app.until("pool:results", {}, (found) => found.length === 6);
    const byNumber = results.sort((a: { n: number }, b: { n: number }) => a.n - b.n);
    const good = (n: number) => ({ n, kind: "success", value: n * n });
    expect(byNumber).toEqual([good(0), good(1), good(2), { n: 3, kind: "failed", value: null }, good(4), good(5)]);
    expect(await app.query("pool:statusOf", { id: ids[0] })).toEqual({ state: "finished" });
  }));

test("workflow runs its steps to the end beside the app's own workpool", () =>
  withApp("workflow", async (app) => {
    const [tea, bread] = [
      await app.mutation("flow:start", { item: "tea" }),
      await app.mutation("flow:start", { item: "bread" }),
    ];
    await app.mutation("flow:alsoPool");
    const ended = (status: { type: string }) => status.type !== "inProgress";
    const during = await app.query("flow:surroundings");
    expect(await app.until("flow:status", { id: tea }, ended)).toEqual({ type: "completed", result: "tea: paid 3" });
    expect(await app.until("flow:status", { id: bread }, ended)).toEqual({ type: "completed", result: "bread: paid 5" });
    const notes = await app.until("flow:notes", {}, (found) => found.length === 3);
    expect(notes.sort()).toEqual(["bread paid 5", "by the pool", "tea paid 3"]);
    // It replaces globals while it runs, which other calls must not see.
    expect(during).toEqual({ sine: 0, random: "number", year: 1970, console: "function" });
  }));

test("workflow waits: for a later step, a sleep, another workflow and an event", () =>
  withApp("workflow", async (app) => {
    const id = await app.mutation("flow:wait", { wait: 300 });
    await app.until("flow:notes", {}, (found) => found.includes("jam paid 3"));
    expect(await app.query("flow:status", { id })).toMatchObject({ type: "inProgress" });
    await app.mutation("flow:arrive", { id, value: "the post" });
    const ended = (status: { type: string }) => status.type !== "inProgress";
    const result = ["paid 1", "paid 2", "jam: paid 3", "the post"];
    expect(await app.until("flow:status", { id }, ended)).toEqual({ type: "completed", result });
    const notes = await app.until("flow:notes", {}, (found) => found.length === 3);
    expect(notes).toEqual(["slept", "jam paid 3", `success: ${result} (of the one who started it)`]);
  }));

test("rate-limiter allows as many calls as a bucket and a window hold", () =>
  withApp("rate-limiter", async (app) => {
    for (const name of ["bucket", "window"]) {
      const take = () => app.mutation("limits:take", { name, key: "ann" });
      expect([await take(), await take()]).toEqual([{ ok: true }, { ok: true }]);
      const refused = await take();
      expect(refused.ok).toBe(false);
      expect(refused.retryAfter).toBeGreaterThan(0);
      expect((await app.query("limits:check", { name, key: "ann" })).ok).toBe(false);
      expect((await app.query("limits:check", { name, key: "bob" })).ok).toBe(true);
      await app.mutation("limits:reset", { name, key: "ann" });
      expect((await take()).ok).toBe(true);
    }
    await app.mutation("limits:insist", { key: "eve" });
    await app.mutation("limits:insist", { key: "eve" });
    await expect(app.mutation("limits:insist", { key: "eve" })).rejects.toMatchObject({
      data: { kind: "RateLimited", name: "bucket" },
    });
  }));

test("migrations change all documents of a table in batches", () =>
  withApp("migrations", async (app) => {
    await app.mutation("users:fill", { count: 25 });
    expect(new Set(await app.query("users:greetings"))).toEqual(new Set([null]));
    await app.mutation("users:start");
    const [status] = await app.until("users:status", {}, ([one]) => one?.isDone === true);
    expect(status).toMatchObject({ name: "users:addGreeting", processed: 25, state: "success" });
    const greetings: string[] = await app.query("users:greetings");
    expect(greetings).toEqual(Array.from({ length: 25 }, (_, n) => `Hello user ${n}`));
  }));

test("crons registered at run time run repeatedly until they are deleted", () =>
  withApp("crons", async (app) => {
    await app.mutation("beats:register", { name: "fast", ms: 1000 });
    await app.mutation("beats:registerSpec", { name: "daily", cronspec: "0 0 * * *" });
    expect(await app.query("beats:list")).toEqual([
      { name: "fast", schedule: { kind: "interval", ms: 1000 } },
      { name: "daily", schedule: { kind: "cron", cronspec: "0 0 * * *" } },
    ]);
    await app.until("beats:beats", { name: "fast" }, (beats) => beats >= 2);
    await app.mutation("beats:remove", { name: "fast" });
    expect(await app.query("beats:list")).toHaveLength(1);
    expect(await app.query("beats:beats", { name: "daily" })).toBe(0);
  }));

test("action-cache runs an action once for the same arguments", () =>
  withApp("action-cache", async (app) => {
    expect([await app.action("cached:get", { n: 4 }), await app.action("cached:get", { n: 4 })]).toEqual([16, 16]);
    expect(await app.query("cached:runs")).toBe(1);
    expect(await app.action("cached:get", { n: 5 })).toBe(25);
    expect(await app.query("cached:runs")).toBe(2);
    await app.action("cached:forget");
    await app.until("cached:runs", {}, (runs) => runs === 2);
  }));

test("action-retrier tries an action until it succeeds, or gives up", () =>
  withApp("action-retrier", async (app) => {
    const ended = (status: { type: string }) => status.type === "completed";
    const id = await app.mutation("retried:start", { failures: 2 });
    const { result } = await app.until("retried:status", { id }, ended);
    expect(result).toEqual({ type: "success", returnValue: "at try 3" });
    const hopeless = await app.mutation("retried:start", { failures: 100 });
    const { result: failed } = await app.until("retried:status", { id: hopeless }, ended);
    expect(failed.type).toBe("failed");
    expect(failed.error).toContain("fails");
  }));

test("sharded-counter counts what many calls add at once", () =>
  withApp("sharded-counter", async (app) => {
    const adds = Array.from({ length: 20 }, (_, n) => app.mutation("counted:add", { name: "likes", by: n + 1 }));
    await Promise.all(adds);
    expect(await app.query("counted:count", { name: "likes" })).toBe(210);
    expect(await app.query("counted:count", { name: "other" })).toBe(0);
  }));

test("presence knows who is in a room, and who has left it", () =>
  withApp("presence", async (app) => {
    const beat = (userId: string, interval: number) =>
      app.mutation("rooms:heartbeat", { roomId: "hall", userId, sessionId: `of ${userId}`, interval });
    const { roomToken, sessionToken } = await beat("ann", 60_000);
    await beat("bob", 4000);
    const online = (of: { userId: string; online: boolean }[]) => of.filter((one) => one.online).map((one) => one.userId);
    expect(online(await app.query("rooms:list", { roomToken })).sort()).toEqual(["ann", "bob"]);
    // Bob sends no more heartbeats.
    await app.until("rooms:list", { roomToken }, (list) => `${online(list)}` === "ann");
    await app.mutation("rooms:disconnect", { sessionToken });
    await app.until("rooms:list", { roomToken }, (list) => online(list).length === 0);
  }));

test("persistent-text-streaming streams to its caller and keeps the text for the others", () =>
  withApp("persistent-text-streaming", async (app) => {
    const text = "Once upon a time. There was a stream. The end.";
    const streamId = await app.mutation("texts:create");
    expect(await app.query("texts:body", { id: streamId })).toEqual({ status: "pending", text: "" });
    const response = await fetch(`${app.backend.siteUrl}/stream`, { method: "POST", body: JSON.stringify({ streamId }) });
    expect(await response.text()).toBe(text);
    await app.until("texts:body", { id: streamId }, (body) => body.status === "done" && body.text === text);
    const again = await fetch(`${app.backend.siteUrl}/stream`, { method: "POST", body: JSON.stringify({ streamId }) });
    expect(again.status).toBe(205);
  }));

test("agent keeps the messages of a thread with a model", () =>
  withApp("agent", async (app) => {
    const threadId = await app.mutation("chat:start");
    const ask = (prompt: string) => app.action("chat:ask", { threadId, prompt });
    expect(await ask("Where does the river run?")).toBe("The river runs north.");
    expect(await ask("Where again?")).toBe("The river runs north.");
    expect(await app.query("chat:messages", { threadId })).toEqual([
      "user: Where does the river run?",
      "assistant: The river runs north.",
      "user: Where again?",
      "assistant: The river runs north.",
    ]);
  }));

test("resend queues mails, cancels them and accepts only signed webhooks", () =>
  withApp("resend", async (app) => {
    const id = await app.mutation("mails:send", { to: "ann@example.com" });
    expect(await app.query("mails:status", { id })).toMatchObject({ status: "waiting" });
    await app.mutation("mails:cancel", { id });
    expect(await app.query("mails:status", { id })).toMatchObject({ status: "cancelled" });
    const body = JSON.stringify({ type: "email.opened", created_at: new Date().toISOString(), data: {} });
    const post = (signature: string, at: string) =>
      fetch(`${app.backend.siteUrl}/resend-webhook`, {
        method: "POST",
        body,
        headers: { "svix-id": "msg_1", "svix-timestamp": at, "svix-signature": signature },
      });
    const at = `${Math.floor(Date.now() / 1000)}`;
    const secret = Buffer.from("dGhlIHNlY3JldCBvZiB0aGUgd2ViaG9vaw==", "base64");
    const signature = `v1,${createHmac("sha256", secret).update(`msg_1.${at}.${body}`).digest("base64")}`;
    expect((await post(signature, at)).ok).toBe(true);
    expect((await post("v1,AAAA", at)).ok).toBe(false);
  }));

test("@convex-dev/auth signs up, in and out, and its tokens name the person", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const env = {
    SITE_URL: "http://localhost:3000",
    JWKS: JSON.stringify({ keys: [{ use: "sig", ...publicKey.export({ format: "jwk" }) }] }),
    JWT_PRIVATE_KEY: `${privateKey.export({ type: "pkcs8", format: "pem" })}`.trimEnd().replaceAll("\n", " "),
  };
  const sign = (flow: string, password: string) => ({
    provider: "password",
    params: { email: "ann@example.com", password, flow },
  });
  return withApp(
    "auth",
    async (app) => {
      expect(await app.query("auth:me")).toBeNull();
      const { tokens } = await app.action("auth:signIn", sign("signUp", "correct horse"));
      app.client.setAuth(tokens.token);
      expect(await app.query("auth:me")).toBe("ann@example.com");
      app.client.clearAuth();
      await expect(app.action("auth:signIn", sign("signIn", "wrong horse"))).rejects.toThrow();
      const again = await app.action("auth:signIn", sign("signIn", "correct horse"));
      app.client.setAuth(again.tokens.token);
      expect(await app.query("auth:me")).toBe("ann@example.com");
      await app.action("auth:signOut");
      const { refreshToken } = again.tokens;
      app.client.clearAuth();
      expect((await app.action("auth:signIn", { refreshToken })).tokens).toBeNull();
    },
    env,
  );
});

test("rag finds the text that is nearest to a question", () =>
  withApp("rag", async (app) => {
    expect(await app.action("knowledge:add", { key: "drinks", text: "We serve tea and coffee. Tea is green." })).toBe("ready");
    expect(await app.action("knowledge:add", { key: "nature", text: "The river is wide. A river runs." })).toBe("ready");
    expect(await app.action("knowledge:search", { query: "a cup of tea" })).toEqual(["drinks"]);
    expect(await app.action("knowledge:search", { query: "which river" })).toEqual(["nature"]);
  }));

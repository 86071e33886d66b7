// Code in the page: both clients behind one interface, and a log of what they report.

import { ConvexClient } from "convex/browser";
import { anyApi } from "convex/server";
import { ConvexError, convexToJson, jsonToConvex } from "convex/values";
import start, { Client } from "./conformance.js";

const encode = (value) => JSON.stringify(convexToJson(value ?? null));
/** `todos:list` → `api.todos.list` */
const reference = (path) => path.split(":").reduce((api, part) => api[part], anyApi);
/** Returns the server's message, without the function's name and the line that npm `convex` adds. */
const words = (message) => message.replace(/^\[CONVEX .*?\] /, "").replace(/\n {2}Called by client$/, "");
const describe = (error) => (error instanceof ConvexError ? encode(error.data) : words(error.message));

/** npm `convex` with the interface of our `Client`. */
class Official {
  #client;
  #ends = new Map();
  #lists = new Map();
  #changed = () => {};

  constructor(url) {
    this.#client = new ConvexClient(url, { skipConvexDeploymentUrlCheck: true, logger: false });
  }

  onUpdate(id, path, args, changed) {
    const end = this.#client.onUpdate(
      reference(path),
      jsonToConvex(JSON.parse(args)),
      (value) => changed("value", encode(value)),
      (error) => changed("error", describe(error)),
    );
    this.#ends.set(id, end);
  }

  onPaginatedUpdate(id, path, args, count, changed) {
    const end = this.#client.onPaginatedUpdate_experimental(
      reference(path),
      jsonToConvex(JSON.parse(args)),
      { initialNumItems: count },
      (list) => {
        this.#lists.set(id, list);
        changed("pages", encode([list.status, list.results]));
      },
    );
    this.#ends.set(id, end);
  }

  loadMore(id, count) {
    this.#lists.get(id)?.loadMore(count);
  }

  unsubscribe(id) {
    this.#ends.get(id)?.();
  }

  async #call(result) {
    try {
      return encode(await result);
    } catch (error) {
      throw describe(error);
    }
  }

  mutation(path, args) {
    return this.#call(this.#client.mutation(reference(path), jsonToConvex(JSON.parse(args))));
  }

  action(path, args) {
    return this.#call(this.#client.action(reference(path), jsonToConvex(JSON.parse(args))));
  }

  setAuth(fetch, changed) {
    this.#changed = changed;
    this.#client.setAuth(({ forceRefreshToken }) => fetch(forceRefreshToken), changed);
  }

  /** Signs out as `ConvexProviderWithAuth` does. */
  clearAuth() {
    this.#client.client.clearAuth();
    this.#changed(false);
  }

  close() {
    void this.#client.close();
  }
}

/** What happened, in order: `[what, content]`. */
const log = [];
/** The reports of queries in this turn of the event loop. They changed together, in no particular order. */
let together = [];
const settle = () => {
  const byName = ([one], [other]) => one.localeCompare(other);
  log.push(...together.splice(0).sort(byName));
};
const happened = (what, content) => {
  settle();
  log.push([what, content]);
};
/** Returns whether a report differs from the last one of its kind. */
const isNews = (what, content) => {
  const former = [...log, ...together].findLast(([whose]) => whose === what);
  return JSON.stringify(former?.[1]) !== JSON.stringify(content);
};
const note = (what, content) => {
  if (!isNews(what, content)) return;
  if (together.length === 0) setTimeout(settle);
  together.push([what, content]);
};
const told = (name) => (kind, text) => {
  note(name, kind === "error" ? { error: text } : { [kind]: JSON.parse(text) });
};
const calls = new Map();
const names = [];
const numberOf = (name) => (names.includes(name) ? names.indexOf(name) : names.push(name) - 1);

let client;
window.conformance = {
  log,
  async open(kind, url) {
    if (kind === "leptos_convex") await start();
    client = kind === "leptos_convex" ? new Client(url) : new Official(url);
  },
  subscribe: (name, path, args = {}) => client.onUpdate(numberOf(name), path, JSON.stringify(args), told(name)),
  paginate: (name, path, count, args = {}) =>
    client.onPaginatedUpdate(numberOf(name), path, JSON.stringify(args), count, told(name)),
  loadMore: (name, count) => client.loadMore(numberOf(name), count),
  unsubscribe: (name) => client.unsubscribe(numberOf(name)),
  /** Starts a call without waiting. Its outcome is logged, and `answered` waits for it. */
  call(name, kind, path, args = {}) {
    const result = client[kind](path, JSON.stringify(args)).then(
      (text) => happened(name, { result: JSON.parse(text) }),
      (text) => happened(name, { failed: String(text) }),
    );
    calls.set(name, result);
  },
  answered: (name) => calls.get(name),
  setAuth: (tokens) =>
    client.setAuth(
      async (force) => (typeof tokens === "string" ? await fetchToken(tokens) : force ? nextOf(tokens.fresh) : tokens.kept),
      (isAuthenticated) => {
        // The signed-in state is reported with its results or before them.
        if (isNews("signed in", isAuthenticated)) log.push(["signed in", isAuthenticated]);
      },
    ),
  clearAuth: () => client.clearAuth(),
  close: () => client.close(),
};

/** Returns the fresh tokens one after the other, and then the last one each time. */
const nextOf = (tokens) => (Array.isArray(tokens) && tokens.length > 1 ? tokens.shift() : [tokens].flat()[0]);

async function fetchToken(url) {
  const answer = await fetch(url);
  return answer.ok ? (await answer.json()).token : null;
}

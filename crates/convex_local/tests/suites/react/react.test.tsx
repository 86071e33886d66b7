// @vitest-environment happy-dom
// npm `convex/react`: `ConvexReactClient` and its hooks in a page, as an app uses them.
import { ConvexHttpClient } from "convex/browser";
import {
  Authenticated,
  AuthLoading,
  ConvexProvider,
  ConvexProviderWithAuth,
  ConvexReactClient,
  Unauthenticated,
  useAction,
  useConvexAuth,
  useMutation,
  usePaginatedQuery,
  useQuery,
} from "convex/react";
import { anyApi } from "convex/server";
import { ConvexError } from "convex/values";
import { Component, type ReactNode, useCallback, useMemo, useState } from "react";
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "../backend";
import { startTodos, token } from "../tokens";
import { mount } from "./mount";

const { notes, todos } = anyApi;

let backend: Backend;
/** Another person's client. */
let other: ConvexHttpClient;
let client: ConvexReactClient;
let page: ReturnType<typeof mount> | undefined;

beforeAll(async () => {
  backend = await startTodos();
  other = new ConvexHttpClient(backend.url, { logger: false });
});
afterAll(() => backend.stop());

beforeEach(async () => {
  await other.mutation(notes.clear, {});
  client = new ConvexReactClient(backend.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    unsavedChangesWarning: false,
    logger: false,
  });
});
afterEach(async () => {
  page?.unmount();
  await client.close();
});

const show = (children: ReactNode) => (page = mount(<ConvexProvider client={client}>{children}</ConvexProvider>));

const Notes = () => {
  const list = useQuery(notes.list, {}) as string[] | undefined;
  return <p>{list === undefined ? "loading" : list.join() || "none"}</p>;
};

test("useQuery loads, then follows what others do", async () => {
  const page = show(<Notes />);
  await page.shows("none");
  await other.mutation(notes.add, { text: "one" });
  await page.shows("one");
  await other.mutation(notes.add, { text: "two" });
  await page.shows("one,two");
  expect(page.shown).toContain("loading");
});

test("useQuery changes with its arguments, and waits while it is skipped", async () => {
  const Long = () => {
    const [length, setLength] = useState<number>();
    const text = useQuery(notes.long, length === undefined ? "skip" : { length }) as string | undefined;
    return (
      <>
        {text ?? "nothing"}
        <button title="more" onClick={() => setLength((length ?? 0) + 1)} />
      </>
    );
  };
  const page = show(<Long />);
  await page.shows("nothing");
  page.click("more");
  await page.shows("é");
  page.click("more");
  await page.shows("éé");
});

test("a query that fails reaches the error boundary", async () => {
  class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
    override state: { message?: string } = {};
    static getDerivedStateFromError = ({ message }: Error) => ({ message });
    override render = () => (this.state.message === undefined ? this.props.children : this.state.message.split("\n")[1]);
  }
  const Fails = () => <>{useQuery(notes.fails, {})}</>;
  await show(
    <Boundary>
      <Fails />
    </Boundary>,
  ).shows("Uncaught Error: boom");
});

/** Notes with a button that adds one, shown at once with a mark until the backend has it. */
const Writer = ({ text, failed }: { text: string; failed?: (error: unknown) => void }) => {
  const add = useMutation(notes.addUnlessEmpty).withOptimisticUpdate((store, { text }) => {
    const before = store.getQuery(notes.list, {}) as string[] | undefined;
    if (before) store.setQuery(notes.list, {}, [...before, `${text}…`]);
  });
  return (
    <>
      <Notes />
      <button title="add" onClick={() => void add({ text }).catch(failed ?? (() => undefined))} />
    </>
  );
};

test("useMutation shows its optimistic update until the result is there, and nothing else in between", async () => {
  const page = show(<Writer text="tea" />);
  await page.shows("none");
  page.click("add");
  await page.shows("tea");
  expect(page.shown.slice(page.shown.indexOf("none"))).toEqual(["none", "tea…", "tea"]);
});

test("a mutation that fails undoes its optimistic update and reports its error", async () => {
  let error: unknown;
  const page = show(<Writer text="" failed={(reason) => (error = reason)} />);
  await page.shows("none");
  page.click("add");
  await vi.waitFor(() => expect(error).toBeDefined(), { timeout: 20_000 });
  await page.shows("none");
  expect(page.shown.slice(page.shown.indexOf("none"))).toEqual(["none", "…", "none"]);
  expect(error).toBeInstanceOf(ConvexError);
  expect((error as ConvexError<string>).data).toEqual({ code: "EMPTY_TEXT" });
});

test("usePaginatedQuery loads page by page, and all pages are live", async () => {
  for (const text of ["a", "b", "c", "d", "e"]) await other.mutation(notes.add, { text });
  const Pages = () => {
    const { results, status, loadMore } = usePaginatedQuery(notes.page, {}, { initialNumItems: 2 });
    return (
      <>
        {results.map(({ text }) => text as string).join("")} {status}
        <button title="more" onClick={() => loadMore(2)} />
      </>
    );
  };
  const page = show(<Pages />);
  await page.shows("ab CanLoadMore");
  page.click("more");
  await page.shows("abcd CanLoadMore");
  await other.mutation(notes.change, { from: "b", to: "B" });
  await page.shows("aBcd CanLoadMore");
  page.click("more");
  await page.shows("aBcde Exhausted");
  await other.mutation(notes.add, { text: "f" });
  await page.shows("aBcdef Exhausted");
  expect(page.shown).toContain(" LoadingFirstPage");
  expect(page.shown).toContain("ab LoadingMore");
});

/** Tells Convex who is signed in, as an auth library does. */
function useAuthOfTest() {
  const [subject, setSubject] = useState<string>();
  Object.assign(session, { setSubject });
  const fetchAccessToken = useCallback(
    () => Promise.resolve(subject === undefined ? null : token(backend, subject)),
    [subject],
  );
  const isAuthenticated = subject !== undefined;
  return useMemo(
    () => ({ isLoading: false, isAuthenticated, fetchAccessToken }),
    [isAuthenticated, fetchAccessToken],
  );
}
const session: { setSubject: (subject: string | undefined) => void } = { setSubject: () => undefined };

test("people see their own data, from signing in to signing out", async () => {
  const Todos = () => {
    const list = useQuery(todos.list, {}) as { text: string }[] | undefined;
    const create = useAction(todos.createViaAction);
    return (
      <>
        {list?.map(({ text }) => text).join() ?? "loading"}
        <button title="create" onClick={() => void create({ text: "cake" })} />
      </>
    );
  };
  const State = () => <>{useConvexAuth().isAuthenticated ? "in: " : "out"}</>;
  page = mount(
    <ConvexProviderWithAuth client={client} useAuth={useAuthOfTest}>
      <AuthLoading>checking </AuthLoading>
      <State />
      <Authenticated>
        <Todos />
      </Authenticated>
      <Unauthenticated>, please sign in</Unauthenticated>
    </ConvexProviderWithAuth>,
  );
  await page.shows("out, please sign in");
  session.setSubject("alice");
  await page.shows("in: ");
  page.click("create");
  await page.shows("in: cake");
  session.setSubject("bob");
  await page.shows("in: ");
  session.setSubject(undefined);
  await page.shows("out, please sign in");
});

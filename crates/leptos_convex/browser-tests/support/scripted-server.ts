// A Convex backend that follows a script, in place of the page's WebSocket.

import type { Page, WebSocketRoute } from "@playwright/test";

type Json = null | boolean | number | string | Json[] | { [field: string]: Json };
type Message = { type: string; [field: string]: Json | undefined };

/** The outcome of a query. */
export type Outcome = { value: Json } | { error: string; data?: Json };

/** Answers a query for a person, who is `""` when nobody is signed in. */
export type Answer = (person: string, args: { [field: string]: Json }) => Outcome;

interface Query {
  path: string;
  args: { [field: string]: Json };
  told: string | undefined;
}

/** The state of a connection, with the versions of the protocol. */
interface Session {
  socket: WebSocketRoute;
  queries: Map<number, Query>;
  querySet: number;
  identity: number;
  person: string;
  token: string | undefined;
  told: { querySet: number; identity: number; time: number };
}

/** Encodes a 64-bit number as the protocol does. */
const timestamp = (time: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(time));
  return bytes.toString("base64");
};

/** Returns a token that names its person. This server checks no signature. */
export function tokenOf(person: string, note = ""): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: person, note, iat: now, exp: now + 3600 })}.x`;
}

const personOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sub: string }).sub;

export class ScriptedServer {
  /** The functions' answers, by path. Change them, then call `push`. */
  readonly answers = new Map<string, Answer>();
  /** The tokens to refuse. */
  readonly refused = new Set<string>();
  /** Whether results of new queries wait for `push`. */
  waitsForPush = false;
  /** Whether transitions are sent in chunks. */
  inPieces = false;
  /** Mutations and actions in the order they arrived, over all connections. */
  readonly requests: Message[] = [];
  connections = 0;
  private session: Session | undefined;
  private time = 1;
  private waiting: (() => void)[] = [];

  /** Answers all of the page's connections to a backend. */
  async attach(page: Page): Promise<void> {
    await page.routeWebSocket(/\/api\/[^/]+\/sync$/, (socket) => {
      this.connections += 1;
      const version = () => ({ querySet: 0, identity: 0, time: 0 });
      const session: Session = {
        socket,
        queries: new Map(),
        querySet: 0,
        identity: 0,
        person: "",
        token: undefined,
        told: version(),
      };
      this.session = session;
      socket.onMessage((text) => {
        if (this.session === session) this.read(session, JSON.parse(String(text)) as Message);
        this.wake();
      });
    });
  }

  /** The person the client is signed in as, or `""`. */
  get person(): string {
    return this.session?.person ?? "";
  }
  get token(): string | undefined {
    return this.session?.token;
  }

  /** Waits until a condition holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Sends the client all changes of its results. */
  push(): void {
    this.time += 1;
    if (this.session) this.transition(this.session);
  }

  /** Answers a request. A mutation's writes show only with the next `push`. */
  answer(request: Message, outcome: Outcome): void {
    const type = request.type === "Mutation" ? "MutationResponse" : "ActionResponse";
    const content =
      "value" in outcome
        ? { success: true, result: outcome.value, ts: timestamp(this.time + 1) }
        : { success: false, result: outcome.error, ...(outcome.data === undefined ? {} : { errorData: outcome.data }) };
    this.send({ type, requestId: request.requestId ?? null, logLines: [], ...content });
  }

  send(message: Message): void {
    this.session?.socket.send(JSON.stringify(message));
  }

  /** Refuses `tokens` from now on, as if they had expired, and reports it if the client uses one of them. */
  expire(...tokens: string[]): void {
    for (const token of tokens) this.refused.add(token);
    if (this.session?.token === undefined || !this.refused.has(this.session.token)) return;
    this.send({
      type: "AuthError",
      error: "Token expired",
      baseVersion: this.session.identity,
      authUpdateAttempted: false,
    });
  }

  /** Drops the connection. */
  async drop(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.socket.close({ code: 1012, reason: "Restart" });
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private read(session: Session, message: Message): void {
    switch (message.type) {
      case "Authenticate":
        return this.authenticate(session, message);
      case "ModifyQuerySet":
        return this.modify(session, message);
      case "Mutation":
      case "Action":
        this.requests.push(message);
    }
  }

  private authenticate(session: Session, message: Message): void {
    const token = message.tokenType === "User" ? String(message.value) : undefined;
    if (token !== undefined && this.refused.has(token)) {
      this.send({
        type: "AuthError",
        error: "Could not verify token",
        baseVersion: message.baseVersion ?? 0,
        authUpdateAttempted: true,
      });
      return;
    }
    session.identity = Number(message.baseVersion) + 1;
    session.person = token === undefined ? "" : personOf(token);
    session.token = token;
    this.transition(session);
  }

  private modify(session: Session, message: Message): void {
    session.querySet = Number(message.newVersion);
    for (const modification of message.modifications as unknown as Message[]) {
      const id = Number(modification.queryId);
      if (modification.type === "Remove") session.queries.delete(id);
      else {
        const [args] = modification.args as [{ [field: string]: Json }];
        session.queries.set(id, { path: String(modification.udfPath), args, told: undefined });
      }
    }
    if (!this.waitsForPush) this.transition(session);
  }

  private transition(session: Session): void {
    const modifications: Message[] = [];
    for (const [queryId, query] of session.queries) {
      const outcome = this.outcome(session.person, query);
      const told = JSON.stringify(outcome);
      if (told === query.told) continue;
      query.told = told;
      const common = { queryId, logLines: [], journal: null };
      if ("value" in outcome) modifications.push({ type: "QueryUpdated", value: outcome.value, ...common });
      else {
        const data = outcome.data === undefined ? {} : { errorData: outcome.data };
        modifications.push({ type: "QueryFailed", errorMessage: outcome.error, ...data, ...common });
      }
    }
    const version = ({ querySet, identity, time }: Session["told"]) => ({ querySet, identity, ts: timestamp(time) });
    const startVersion = version(session.told);
    session.told = { querySet: session.querySet, identity: session.identity, time: this.time };
    const endVersion = version(session.told);
    this.sendWhole({ type: "Transition", startVersion, endVersion, modifications: modifications as Json[] });
  }

  private outcome(person: string, { path, args }: Query): Outcome {
    const answer = this.answers.get(path);
    return answer ? answer(person, args) : { error: `Could not find public function for '${path}'` };
  }

  private sendWhole(message: Message): void {
    const text = JSON.stringify(message);
    if (!this.inPieces) return this.session?.socket.send(text);
    const third = Math.ceil(text.length / 3);
    for (let partNumber = 0; partNumber < 3; partNumber++) {
      const chunk = text.slice(partNumber * third, (partNumber + 1) * third);
      this.send({ type: "TransitionChunk", chunk, partNumber, totalParts: 3, transitionId: String(this.time) });
    }
  }
}

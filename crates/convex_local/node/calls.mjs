// The calls that run in the process: their state, system calls and ends.
import * as channel from "./channel.mjs";
import * as heap from "./heap.mjs";
import { exceeds, outside } from "./turns.mjs";

const RECORD_SEPARATOR = "\x1e";
const MAX_PREFETCH = 128;
/** Limits of the log, as on Convex: lines of one call, and bytes of one line. */
const MAX_LOG_LINES = 256;
const MAX_LOG_LINE = 32768;
/** Chunks of a response that may be on their way while the client does not read. */
const WINDOW = 16;
/** Bytes of a response, as on Convex. */
const MAX_RESPONSE = 20 * 1024 * 1024;
const waiting = new Map();
let nextSequence = 1;

/** The calls that have not ended, by id. */
export const running = new Map();

/** Takes Rust's answer to a system call: `O id json` or `X id json`. */
export function settle(kind, rest) {
  const space = rest.indexOf(" ");
  const sequence = Number(rest.slice(0, space));
  const promise = waiting.get(sequence);
  if (promise === undefined) return;
  waiting.delete(sequence);
  const payload = rest.slice(space + 1);
  if (kind === "O") promise.resolve(payload);
  else promise.reject(syscallError(payload));
}

function syscallError(payload) {
  const { message, data } = JSON.parse(payload);
  const error = new Error(message);
  if (data !== undefined) error.data = data;
  return error;
}

function request(id, op, args) {
  const sequence = nextSequence++;
  channel.send(`S ${id} ${sequence} ${op} ${args}`);
  return new Promise((resolve, reject) => waiting.set(sequence, { resolve, reject }));
}

/** Makes a system call and blocks until Rust answers: `O` with the result, or `X` with the reason of a refusal. */
function requestNow(id, op, args) {
  const sequence = nextSequence++;
  const ok = `O ${sequence} `;
  const refused = `X ${sequence} `;
  const accept = (line) => {
    if (line.startsWith(ok)) return `O${line.slice(ok.length)}`;
    if (line.startsWith(refused)) return `X${line.slice(refused.length)}`;
    return undefined;
  };
  return outside(() => channel.exchange(`S ${id} ${sequence} ${op} ${args}`, accept));
}

/** The system calls of one call. */
function convexOf(scope) {
  const streams = new Map();
  let nextStream = 0;
  // A nested call owns the transaction until it ends, so the caller's system calls wait. Rolling the nested call back
  // then undoes its own writes alone, and limits count only its work.
  let tail;

  const next = async (args) => {
    const { queryId } = JSON.parse(args);
    const stream = streams.get(queryId);
    if (stream === undefined) return request(scope.id, "1.0/queryStreamNext", args);
    if (stream.ready.length === 0) {
      // Queries read ahead in growing steps; a mutation sees its own writes, so it must not.
      const count = scope.kind === "query" ? stream.step : 1;
      stream.step = Math.min(stream.step * 2, MAX_PREFETCH);
      const batch = await request(scope.id, "streamBatch", `{"queryId":${queryId},"count":${count}}`);
      stream.ready.push(...batch.split(RECORD_SEPARATOR));
    }
    return stream.ready.shift();
  };

  const dispatch = (op, args) =>
    op === "1.0/queryStreamNext" ? next(args) : request(scope.id, op, args);

  return {
    /** Returns the same as `requestNow`. */
    syscall(op, args) {
      if (op === "1.0/queryStream") {
        const queryId = nextStream++;
        streams.set(queryId, { ready: [], step: 1 });
        channel.send(`N ${scope.id} ${queryId} ${args}`);
        return `O{"queryId":${queryId}}`;
      }
      if (op === "1.0/queryCleanup") {
        const { queryId } = JSON.parse(args);
        const existed = streams.delete(queryId);
        if (existed) channel.send(`D ${scope.id} ${queryId}`);
        return `O${existed}`;
      }
      return requestNow(scope.id, op, args);
    },
    async asyncSyscall(op, args) {
      const call = tail === undefined ? dispatch(op, args) : tail.then(() => dispatch(op, args));
      if (op !== "1.0/runUdf") return await call;
      const settled = call.then(() => {}, () => {}).then(() => {
        if (tail === settled) tail = undefined;
      });
      tail = settled;
      return await call;
    },
  };
}

/** Makes the scope of a call. `realm` is undefined for those of `"use node"` files. */
export function scopeOf({ id, kind, name, now, component, realm, reporter, ended }) {
  const scope = {
    id, kind, name, now, component, realm, reporter, ended,
    lines: 0,
    over: false,
    /** Milliseconds of computing so far. */
    spent: 0,
    timers: new Map(),
    nextTimer: 1,
    fetches: new Map(),
    /** The paths of the stored files that the call has found. */
    files: [],
    response: { underWay: 0, bytes: 0, gone: false, goOn: undefined },
    ask: async (op, args) => JSON.parse(await request(id, op, JSON.stringify(args))),
    convex: undefined,
  };
  scope.convex = convexOf(scope);
  running.set(id, scope);
  return scope;
}

/** A synchronous system call of a realm. */
export function syscall(scope, op, args) {
  return scope.convex.syscall(op, args);
}

/** Ends a call with its result. */
export function end(scope, json) {
  if (exceeds(scope)) timeOut(scope);
  else if (heap.exceeds(scope)) runOut(scope);
  else if (close(scope, true)) channel.send(`R ${scope.id} ${json}`);
}

/** Ends a call with an error. */
export function fail(scope, error) {
  if (exceeds(scope)) timeOut(scope);
  else refuse(scope, scope.reporter.describe(error));
}

/** Fails a call with an error that it could not catch; worded as on Convex, where it is not an exception. */
export function failForGood(scope, error) {
  const [headline, ...frames] = scope.reporter.describe(error).message.split("\n    at ");
  refuse(scope, { message: [headline.replace(/^Uncaught Error: /, ""), ...frames].join("\n    at ") });
}

/** Ends a call whose result nobody waits for: it may never end by itself. */
export function giveUp(id) {
  const scope = running.get(id);
  if (scope !== undefined) close(scope, false);
}

let computing = 0;

/** Sets how many milliseconds queries and mutations may compute. */
export function limitComputing(milliseconds) {
  computing = milliseconds;
}

/** Fails a query or mutation that has computed for too long; worded as on Convex. */
export function timeOut(scope) {
  const limit = computing < 1000 ? `${computing}ms` : `${computing / 1000}s`;
  refuse(scope, { message: `Function execution timed out (maximum duration: ${limit})` });
}

/** Fails a call that holds too much memory; worded as on Convex. */
export function runOut(scope) {
  refuse(scope, { message: `JavaScript execution ran out of memory (maximum memory usage: ${heap.inWords()})` });
}

function refuse(scope, problem) {
  if (close(scope, false)) channel.send(`E ${scope.id} ${JSON.stringify(problem)}`);
}

/** Ends what a call has left running. */
function close(scope, ok) {
  if (scope.over) return false;
  scope.over = true;
  running.delete(scope.id);
  for (const timer of scope.timers.values()) clearTimeout(timer);
  for (const { controller } of scope.fetches.values()) controller.abort();
  scope.ended?.(ok);
  return true;
}

/** Sends a line that a call prints; `scope` is undefined while modules are loaded. */
export function log(scope, level, text) {
  if (scope === undefined) {
    // This comes at each load, so it is logged at the debug level.
    channel.send(`L 0 ${JSON.stringify(["DEBUG", text])}`);
    return;
  }
  scope.lines++;
  if (scope.lines > MAX_LOG_LINES) return;
  const line =
    scope.lines === MAX_LOG_LINES
      ? ["ERROR", `Log overflow (maximum ${MAX_LOG_LINES}). Remaining log lines omitted.`]
      : [level, shortened(text)];
  channel.send(`L ${scope.id} ${JSON.stringify(line)}`);
}

/** Sends a warning about the folder to the person who runs the backend. */
export function warn(text) {
  channel.send(`L 0 ${JSON.stringify(["WARN", text])}`);
}

function shortened(text) {
  if (text.length * 3 <= MAX_LOG_LINE || Buffer.byteLength(text) <= MAX_LOG_LINE) return text;
  const cut = Buffer.from(text).subarray(0, MAX_LOG_LINE).toString("utf8").replace(/\ufffd$/, "");
  return `${cut} (truncated due to length)`;
}

/** Sends a chunk of a response; once there is room, returns whether more is wanted. */
export async function sendBody(scope, bytes) {
  const { response } = scope;
  if (response.bytes + bytes.length > MAX_RESPONSE) {
    // As on Convex: lines over the limit are left out, and the log notes that.
    if (response.bytes <= MAX_RESPONSE) {
      log(scope, "ERROR", "HttpResponseTooLarge: HTTP actions support responses up to 20 MiB");
    }
    response.bytes = Infinity;
    return !response.gone;
  }
  response.bytes += bytes.length;
  channel.send(`B ${scope.id} ${bytes.toString("base64")}`);
  response.underWay++;
  if (response.underWay >= WINDOW && !response.gone) {
    await new Promise((resolve) => {
      response.goOn = resolve;
    });
  }
  return !response.gone;
}

/** Notes that a chunk of a response is on its way to the client. */
export function chunkTaken(id) {
  const response = running.get(id)?.response;
  if (response === undefined) return;
  response.underWay--;
  response.goOn?.();
}

/** Notes that the client of an HTTP action is gone: nobody wants the rest. */
export function clientGone(scope) {
  scope.response.gone = true;
  scope.response.goOn?.();
}

// Running functions: one scope a call, system calls forwarded to Rust.
import * as channel from "./channel.mjs";
import { scopes } from "./scope.mjs";
import { getBlob, storeBlob } from "./storage.mjs";

const RECORD_SEPARATOR = "\x1e";
const MAX_PREFETCH = 128;
const waiting = new Map();
let nextSequence = 1;

/** Takes an answer of Rust to a system call: `O id json` or `X id json`. */
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

function requestNow(id, op, args) {
  const sequence = nextSequence++;
  const ok = `O ${sequence} `;
  const refused = `X ${sequence} `;
  const answer = channel.exchange(`S ${id} ${sequence} ${op} ${args}`, (line) => {
    if (line.startsWith(ok)) return { value: line.slice(ok.length) };
    if (line.startsWith(refused)) return { error: line.slice(refused.length) };
    return undefined;
  });
  if (answer.error !== undefined) throw syscallError(answer.error);
  return answer.value;
}

/** The `Convex` global of one call. */
function convexOf(scope) {
  const streams = new Map();
  let nextStream = 0;
  // In a mutation a nested call owns the transaction until it is done: what its caller asks
  // for meanwhile waits, so that rolling the nested call back takes nothing else with it.
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
    syscall(op, args) {
      if (op === "1.0/queryStream") {
        const queryId = nextStream++;
        streams.set(queryId, { ready: [], step: 1 });
        channel.send(`N ${scope.id} ${queryId} ${args}`);
        return `{"queryId":${queryId}}`;
      }
      if (op === "1.0/queryCleanup") {
        const { queryId } = JSON.parse(args);
        const existed = streams.delete(queryId);
        if (existed) channel.send(`D ${scope.id} ${queryId}`);
        return String(existed);
      }
      return requestNow(scope.id, op, args);
    },
    asyncSyscall(op, args) {
      if (scope.kind !== "mutation") return dispatch(op, args);
      if (op !== "1.0/runUdf") {
        return tail === undefined ? dispatch(op, args) : tail.then(() => dispatch(op, args));
      }
      const call = tail === undefined ? dispatch(op, args) : tail.then(() => dispatch(op, args));
      const settled = call.then(() => {}, () => {}).then(() => {
        if (tail === settled) tail = undefined;
      });
      tail = settled;
      return call;
    },
    async jsSyscall(op, args) {
      const ask = async (name, given) => JSON.parse(await request(scope.id, name, JSON.stringify(given)));
      if (op === "storage/storeBlob") return await storeBlob(args, ask);
      if (op === "storage/getBlob") return await getBlob(args, ask);
      throw new Error(`The operation ${op} is not available in convex-local (used by ${scope.name})`);
    },
  };
}

/** Makes the scope of a call. */
export function scopeOf({ id, kind, name, now, env }) {
  const scope = { id, kind, name, now, env, convex: undefined };
  scope.convex = convexOf(scope);
  return scope;
}

/** Runs one function and answers Rust: `R id json` or `E id json`. */
export async function runFunction(scope, fn, argsJson, reporter) {
  await scopes.run(scope, async () => {
    try {
      channel.send(`R ${scope.id} ${await invoke(scope.kind, fn, argsJson)}`);
    } catch (error) {
      channel.send(`E ${scope.id} ${JSON.stringify(reporter.describe(error))}`);
    }
  });
}

function invoke(kind, fn, argsJson) {
  switch (kind) {
    case "query":
      return fn.invokeQuery(argsJson);
    case "mutation":
      return fn.invokeMutation(argsJson);
    default:
      return fn.invokeAction("", argsJson);
  }
}

// The process that evaluates functions. It is told a folder, bundles and loads it, says what is
// in it, and then runs what Rust asks for; data, rules and time-outs are Rust's.
//
// From Rust: I json (start) · C id now kind definition component module:name args (call)
//            G id definition component route request (HTTP) · U id base64, V id json (chunk of its
//            body, end or error) · A id (chunk of its response taken) · K id (its client is gone)
//            Z id (nobody waits for the call any more)
//            O/X seq json (answers) · P id (ping)
// To Rust:   M json (manifest) · F json (folder refused) · R/E id json (result, error)
//            S id seq op args (system call) · N/D id stream [args] (query stream) · L id json (log)
//            H/B id … (HTTP response) · Q id (pong) · T id frames (call that does not give way)
//            Y id frames (call that holds too much memory and does not give way)
import { randomBytes } from "node:crypto";
import path from "node:path";
import { BuildError } from "./esbuild.mjs";
import { planFor, planOf } from "./cache.mjs";
import * as calls from "./calls.mjs";
import * as channel from "./channel.mjs";
import { ErrorReporter } from "./errors.mjs";
import * as heap from "./heap.mjs";
import { Registry } from "./load.mjs";
import { Stock } from "./realms.mjs";
import { installGlobals, runInProcess, scopes } from "./scope.mjs";
import * as turns from "./turns.mjs";
import { begin, current, enter } from "./turns.mjs";
import { watchOver } from "./watchdog.mjs";

// Bundles and stored files are private to the user who runs the backend.
process.umask(0o077);

let registry;
let reporter;
const stock = new Stock();
stock.isIdle = () => calls.running.size === 0 && registry?.loaded === true;

const handlers = {
  I: (rest) => void start(JSON.parse(rest)),
  C: call,
  G: http,
  O: (rest) => calls.settle("O", rest),
  X: (rest) => calls.settle("X", rest),
  P: (rest) => channel.send(`Q ${rest}`),
  U: (rest) => {
    const [[id], base64] = fields(rest, 1);
    inCall(id, ({ realm }) => realm.takeChunk(Buffer.from(base64, "base64")));
  },
  V: (rest) => {
    const [[id], problem] = fields(rest, 1);
    inCall(id, ({ realm }) => realm.inside.end(JSON.parse(problem)));
  },
  A: calls.chunkTaken,
  K: (id) =>
    inCall(id, (scope) => {
      calls.clientGone(scope);
      scope.realm.inside.giveUp();
    }),
  Z: (id) => calls.giveUp(id),
};

function dispatch(line) {
  turns.pause();
  handlers[line[0]]?.(line.slice(2));
}

async function start(settings) {
  const { convexDir, env, revive, schemasOnly, serving } = settings;
  const started = performance.now();
  installGlobals(env);
  try {
    const plan = revive ? planOf(serving) : await planFor(settings);
    const bundled = performance.now();
    // A process that is started beside others would repeat the warnings.
    if (!revive) for (const warning of plan.warnings ?? []) calls.warn(warning);
    reporter = new ErrorReporter(convexDir, plan.outDir + path.sep);
    registry = new Registry(plan, env, reporter);
    const manifest = await registry.load(schemasOnly);
    const steps = { started, bundled: bundled - started, loaded: performance.now() - bundled };
    channel.send(`M ${JSON.stringify({ ...manifest, steps })}`);
    stock.plan();
  } catch (error) {
    const message = error instanceof BuildError ? error.message : (error?.stack ?? String(error));
    channel.send(`F ${JSON.stringify({ message })}`);
  }
}

function call(rest) {
  const [[id, now, kind, definition, component, target], args] = fields(rest, 6);
  const colon = target.lastIndexOf(":");
  const [module, name] = [target.slice(0, colon), target.slice(colon + 1)];
  const transactional = kind === "query" || kind === "mutation";
  const given = { id, kind, name: target, now: transactional ? Number(now) : undefined, reporter };
  const fn = registry.inProcess(Number(definition), module)?.[name];
  if (fn !== undefined) {
    const scope = calls.scopeOf(given);
    enter(scope, () => void runInProcess(scope, fn, args));
    return;
  }
  const reuses = transactional && registry.reuses(Number(definition), module);
  const scope = inRealm(given, component, module, reuses);
  begin(scope, () => scope.realm.inside.run(describe(scope), `${module}.js`, name, args));
}

function http(rest) {
  const [[id, definition, component, route], request] = fields(rest, 4);
  const name = `${JSON.parse(request).method} ${route}`;
  const given = { id, kind: "httpAction", name, now: undefined, reporter };
  // On a deployment HTTP actions never keep a context; here a module may opt in for them, too.
  const scope = inRealm(given, component, "http", registry.reuses(Number(definition), "http"));
  begin(scope, () => scope.realm.inside.runHttp(describe(scope), "http.js", route, request));
}

/** The scope of a call in a realm in which nothing else runs. The root's path is empty; on the wire all begin with a slash. */
function inRealm(given, component, module, reuses) {
  const realm = stock.take(registry.component(component.slice(1)), module, reuses);
  const scope = calls.scopeOf({
    ...given,
    realm,
    ended: (ok) => {
      // Code of the call that still runs gets no more answers.
      realm.scope = undefined;
      stock.giveBack(realm, ok && reuses);
    },
  });
  realm.scope = scope;
  return scope;
}

function describe({ kind, name, now }) {
  const bytes = randomBytes(8);
  return JSON.stringify({ kind, name, now, seed: [bytes.readUInt32LE(0), bytes.readUInt32LE(4)] });
}

function inCall(id, work) {
  const scope = calls.running.get(id);
  if (scope !== undefined) enter(scope, () => work(scope));
}

function fields(text, count) {
  const parts = [];
  let start = 0;
  for (let index = 0; index < count; index++) {
    const end = text.indexOf(" ", start);
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  return [parts, text.slice(start)];
}

/** An error that nobody caught fails its call, as on Convex. */
function stray(error) {
  const scope = scopes.getStore() ?? current();
  if (scope !== undefined && !scope.over) calls.fail(scope, error);
  else calls.log(undefined, "ERROR", `Unhandled: ${reporter?.describe(error).message ?? error?.stack}`);
}

process.on("unhandledRejection", stray);
process.on("uncaughtException", stray);

/** The reasons for an interruption: the condition to report the call, and the message. */
const reports = {
  silent: ["T", () => true],
  long: ["T", turns.exceeds],
  large: ["Y", heap.exceeds],
};

/** Reports the call that does not yield and its position in the sources. Runs in the middle of that call. */
function report(reason) {
  const scope = scopes.getStore() ?? current();
  const [letter, holds] = reports[reason];
  if (scope === undefined || !holds(scope)) return;
  const frames = reporter.frames(new Error()).map((frame) => `\n${frame}`);
  channel.sendNow(`${letter} ${scope.id} ${JSON.stringify(frames.join(""))}`);
}

const [parent, stall, computing, memory] = process.argv.slice(2).map(Number);
calls.limitComputing(computing);
turns.limitTo(computing, calls.timeOut);
heap.limitTo(memory, calls.runOut);
watchOver({ parent, stall, memory, watched: turns.watched }, report);
channel.open(dispatch, () => process.exit(0));

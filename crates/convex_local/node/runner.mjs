// The process that evaluates functions. It is told a folder, bundles and loads it, says what is
// in it, and then runs what Rust asks for; data, rules and time-outs are Rust's.
//
// From Rust: I json (start) · C id now kind definition component module:name args (call)
//            G id definition component route request (HTTP) · U id base64, V id json (chunk of its
//            body, end or error) · A id (chunk of its response taken) · K id (its client is gone)
//            O/X seq json (answers) · P id (ping)
// To Rust:   M json (manifest) · F json (folder refused) · R/E id json (result, error)
//            S id seq op args (system call) · N/D id stream [args] (query stream) · L id json (log)
//            H/B id … (HTTP response) · Q id (pong) · T id frames (call that does not give way)
import path from "node:path";
import { planFor, planOf } from "./cache.mjs";
import { BuildError } from "./bundle.mjs";
import { runFunction, scopeOf, settle } from "./calls.mjs";
import * as channel from "./channel.mjs";
import { installConsole } from "./console.mjs";
import { ErrorReporter } from "./errors.mjs";
import { chunkTaken, giveUp, runHttp, takeChunk, takeEnd } from "./http.mjs";
import { Registry } from "./load.mjs";
import { installGlobals, scopes } from "./scope.mjs";
import { watchOver } from "./watchdog.mjs";

// Bundles and stored files are for whoever runs the backend.
process.umask(0o077);

let registry;
let reporter;
let evaluating = false;

const handlers = {
  I: (rest) => start(JSON.parse(rest)),
  C: call,
  G: http,
  O: (rest) => settle("O", rest),
  X: (rest) => settle("X", rest),
  P: (rest) => channel.send(`Q ${rest}`),
  U: (rest) => takeChunk(...fields(rest, 1).flat()),
  V: (rest) => {
    const [[id], problem] = fields(rest, 1);
    takeEnd(id, JSON.parse(problem));
  },
  A: chunkTaken,
  K: giveUp,
};

function dispatch(line) {
  handlers[line[0]]?.(line.slice(2));
}

async function start(settings) {
  const { convexDir, env, revive, serving } = settings;
  installGlobals(env);
  installConsole(log);
  try {
    const plan = revive ? planOf(serving) : await planFor(settings);
    reporter = new ErrorReporter(convexDir, plan.outDir + path.sep);
    registry = new Registry(plan, env, reporter);
    evaluating = true;
    const manifest = await registry.load();
    evaluating = false;
    channel.send(`M ${JSON.stringify(manifest)}`);
  } catch (error) {
    const message = error instanceof BuildError ? error.message : (error?.stack ?? String(error));
    channel.send(`F ${JSON.stringify({ message })}`);
  }
}

function call(rest) {
  const [[id, now, kind, definition, component, target], args] = fields(rest, 6);
  const colon = target.lastIndexOf(":");
  const fn = registry.find(Number(definition), target.slice(0, colon), target.slice(colon + 1));
  runFunction(scopeFor(id, kind, target, now, component), fn, args, reporter);
}

function http(rest) {
  const [[id, definition, component, route], request] = fields(rest, 4);
  const message = JSON.parse(request);
  const scope = scopeFor(id, "httpAction", `${message.method} ${route}`, undefined, component);
  runHttp(scope, registry.router(Number(definition)), route, message, reporter);
}

/** The root component's path is empty; on the wire every component path has a slash before it. */
function scopeFor(id, kind, name, now, component) {
  const transactional = kind === "query" || kind === "mutation";
  return scopeOf({
    id,
    kind,
    name,
    now: transactional ? Number(now) : undefined,
    env: registry.environments.get(component.slice(1)),
  });
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

/** What modules print while they are evaluated is said at each load, so it is said quietly. */
function log(scope, level, text) {
  const shown = scope === undefined && evaluating ? "DEBUG" : level;
  channel.send(`L ${scope?.id ?? 0} ${JSON.stringify([shown, text])}`);
}

function stray(error) {
  log(scopes.getStore(), "ERROR", `Unhandled: ${reporter?.describe(error).message ?? error?.stack}`);
}

process.on("unhandledRejection", stray);
process.on("uncaughtException", stray);
/** Says which call does not give way, and where in its sources it is. Called in the midst of it. */
function reportStall() {
  const scope = scopes.getStore();
  if (scope === undefined) return;
  const frames = reporter.frames(new Error()).map((frame) => `\n${frame}`);
  channel.sendNow(`T ${scope.id} ${JSON.stringify(frames.join(""))}`);
}

watchOver(Number(process.argv[2]), Number(process.argv[3]), reportStall);
channel.open(dispatch, () => process.exit(0));

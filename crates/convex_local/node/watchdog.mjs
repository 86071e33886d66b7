// The watchdog thread, which works even while user code loops. It ends the process when the backend is gone, because
// a loop would otherwise use a processor for ever. It also has the function reported that does not yield, or that
// fills the memory.
import { Session } from "node:inspector/promises";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

/** How often it checks that the backend is alive, in milliseconds. */
const INTERVAL = 1000;
/** How often it checks the length of a turn, in milliseconds. */
const STEP = 250;
const REPORT = Symbol.for("convex-local.report");

/**
 * Starts the thread. `parent` is the process id of the backend. `report(reason)` is called in the middle of the code
 * that blocks the event loop: with "silent" if the loop stands still for `stall` milliseconds, with "long" if one
 * turn takes as long as `watched` allows (see `turns.mjs`), and with "large" if the process grows by `memory` bytes
 * in one turn.
 */
export function watchOver(settings, report) {
  globalThis[REPORT] = report;
  const thread = new Worker(new URL(import.meta.url), { workerData: settings, env: {} });
  thread.on("message", (question) => thread.postMessage(question));
  thread.unref();
  // Without the thread, the end of the socket is still noticed between two turns of the event loop.
  thread.on("error", (error) => console.error(`no watchdog: ${error.message}`));
}

if (!isMainThread && workerData?.parent !== undefined) {
  setInterval(endOrphan, INTERVAL);
  look(workerData.stall);
  watchTurns(workerData);
}

function endOrphan() {
  // An orphan gets another parent.
  if (process.ppid !== workerData.parent) process.kill(process.pid, "SIGKILL");
}

/** Asks the event loop for a sign of life, again and again. */
function look(stall) {
  const step = Math.min(INTERVAL, stall / 4);
  let waiting = false;
  // Counted in steps of this thread, which stops when the whole process is stopped.
  let silence = 0;
  parentPort.on("message", () => {
    waiting = false;
    silence = 0;
  });
  const check = async () => {
    if (waiting) {
      silence += step;
    } else {
      waiting = true;
      parentPort.postMessage(null);
    }
    if (silence >= stall) {
      silence = 0;
      await interrupt(() => waiting, "silent");
    }
    setTimeout(check, step);
  };
  void check();
}

/** Checks how long each turn takes and how much memory it uses. */
function watchTurns({ watched, memory }) {
  let turn = 0;
  // Memory of the whole process when the turn was first seen or last reported.
  let resident = 0;
  // Counted in steps of this thread, too.
  let taken = 0;
  const check = async () => {
    const allowed = Atomics.load(watched, 1);
    if (allowed === 0 || Atomics.load(watched, 0) !== turn) {
      turn = Atomics.load(watched, 0);
      taken = 0;
      resident = process.memoryUsage.rss();
    } else {
      taken += STEP;
    }
    const isSame = () => Atomics.load(watched, 0) === turn && Atomics.load(watched, 1) > 0;
    if (allowed > 0 && taken >= allowed) {
      taken = 0;
      await interrupt(isSame, "long");
    } else if (taken > 0 && process.memoryUsage.rss() - resident > memory) {
      await interrupt(isSame, "large");
      resident = process.memoryUsage.rss();
    }
    setTimeout(check, STEP);
  };
  void check();
}

/** Runs the report in the main thread, even if it is busy, if the reason still holds. */
async function interrupt(isStalled, reason) {
  const session = new Session();
  session.connectToMainThread();
  const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
  await session.post("Debugger.enable");
  await session.post("Debugger.pause");
  await paused;
  // A sign of life from before the pause has arrived by the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (isStalled()) {
    const expression = `globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(REPORT))})](${JSON.stringify(reason)})`;
    await session.post("Runtime.evaluate", { expression });
  }
  await session.post("Debugger.resume");
  session.disconnect();
}

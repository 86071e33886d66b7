// Turns of calls. Each time that the process runs code of a call, until its promises are settled, is a turn of that
// call. So uncaught errors and computing time can be attributed to a call.
//
// A turn costs the elapsed time, or the processor time of the process if that is less: on a busy machine no call pays
// for waiting for a processor. The time that a call waits does not count.

import * as heap from "./heap.mjs";

/** Milliseconds; for shorter turns the processor time is not read. */
const LONG = 5;

/** For the watchdog: the number of the turn, and how many milliseconds it may take; none if there is no limit. */
export const watched = new Int32Array(new SharedArrayBuffer(8));

let running;
/** When the clock was started; undefined while it stands. */
let since;
let sampledAt = -Infinity;
let sample;
let pausing = false;
let limit = Infinity;
let condemn = () => {};

/** Sets how many milliseconds queries and mutations may compute; calls `tooLong(scope)` for those that exceed it. */
export function limitTo(milliseconds, tooLong) {
  limit = milliseconds;
  condemn = tooLong;
}

/** The call whose turn it is, if any. */
export function current() {
  return running;
}

/** Runs `work` as a turn of a call. */
export function enter(scope, work) {
  pause();
  running = scope;
  heap.begin(scope);
  start(limited(scope));
  if (!pausing) {
    pausing = true;
    setImmediate(pauseSoon);
  }
  work();
}

/** The same for a call's first turn, which costs nothing before the modules are `loaded`. */
export function begin(scope, work) {
  enter(scope, () => {
    since = undefined;
    watched[1] = 0;
    work();
  });
}

/** Notes that the modules of the current call are loaded. */
export function loaded() {
  if (since === undefined && running !== undefined) start(limited(running));
}

/** Ends a turn. */
export function pause() {
  const counted = since !== undefined;
  charge();
  if (counted && exceeds(running)) condemn(running);
  heap.end();
  // What goes wrong until the next turn is no call's fault.
  running = undefined;
}

/** Runs work that the current call waits for. */
export function outside(wait) {
  if (since === undefined) return wait();
  charge();
  try {
    return wait();
  } finally {
    start(limited(running));
  }
}

/** Returns whether a call has computed for too long. */
export function exceeds(scope) {
  if (since !== undefined && scope === running) {
    charge();
    start(limited(running));
  }
  return limited(scope) && scope.spent > limit;
}

function limited({ kind }) {
  return kind === "query" || kind === "mutation";
}

function pauseSoon() {
  pausing = false;
  pause();
}

function start(isLimited) {
  since = performance.now();
  if (!isLimited) return;
  if (since - sampledAt > LONG) {
    sampledAt = since;
    sample = process.cpuUsage();
  }
  watched[0]++;
  watched[1] = Math.max(Math.min(limit - running.spent, 2 ** 30), 1);
}

function charge() {
  if (since === undefined) return;
  const passed = performance.now() - since;
  since = undefined;
  watched[1] = 0;
  if (limited(running)) running.spent += passed > LONG ? Math.min(passed, processorTime()) : passed;
}

function processorTime() {
  const { user, system } = process.cpuUsage(sample);
  return (user + system) / 1000;
}

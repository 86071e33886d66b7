// Whose turn it is. Each time the process gives way to a call, until its promises are settled, is a
// turn of that call: so it is known whose error nobody caught, and who computes for too long.
//
// A turn costs the time that has passed, or the processor time of the process if that is less: on a busy machine
// nobody pays for waiting for a processor. What a call waits for is not in it.

import * as heap from "./heap.mjs";

/** Milliseconds; turns that are shorter are not worth a look at the processor time. */
const LONG = 5;

/** For the watchdog: which turn it is, and how many milliseconds it may take; none while there is no limit. */
export const watched = new Int32Array(new SharedArrayBuffer(8));

let running;
/** When the clock was started; undefined while it stands. */
let since;
let sampledAt = -Infinity;
let sample;
let pausing = false;
let limit = Infinity;
let condemn = () => {};

/** Sets how many milliseconds queries and mutations may compute; `tooLong(scope)` is told of those that have. */
export function limitTo(milliseconds, tooLong) {
  limit = milliseconds;
  condemn = tooLong;
}

/** The call whose turn it is, if it is one's. */
export function current() {
  return running;
}

/** Does `work` as a turn of a call. */
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

/** The modules of the call whose turn it is are loaded. */
export function loaded() {
  if (since === undefined && running !== undefined) start(limited(running));
}

/** Ends a turn. */
export function pause() {
  const counted = since !== undefined;
  charge();
  if (counted && exceeds(running)) condemn(running);
  heap.end();
}

/** Does what the call whose turn it is has to wait for. */
export function outside(wait) {
  if (since === undefined) return wait();
  charge();
  try {
    return wait();
  } finally {
    start(limited(running));
  }
}

/** Whether a call has computed for too long by now. */
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

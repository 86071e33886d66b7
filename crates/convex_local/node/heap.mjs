// The measurement of the memory that a call holds: objects and buffers that it has made and that are still in use. On
// a deployment each call has an engine with a limit of its own. Here calls share one engine, so their memory is
// measured.
//
// The growth of the heap in the turns of a call is added up, which costs next to nothing. Only when the sum exceeds
// the limit is garbage collected and the rest measured: against the beginning of the call if no other call has had a
// turn since, else against the beginning of this turn. So no call is blamed for memory that others hold.
import v8 from "node:v8";
import vm from "node:vm";

let most = Infinity;
let condemn = () => {};
let collect = () => {};
/** Turns of all calls. */
let turns = 0;
/** The call whose turn it is. */
let holder;
/** Whether a call with much memory has ended and may have left garbage. */
let littered = false;

/** Sets how many bytes a call may hold; `tooMuch(scope)` is called for a call that holds more. */
export function limitTo(bytes, tooMuch) {
  most = bytes;
  condemn = tooMuch;
  v8.setFlagsFromString("--expose-gc");
  const gc = vm.runInNewContext("gc");
  collect = () => {
    gc();
    // Buffers that the first collection has found are subtracted at the second.
    gc();
  };
  // Contexts that are made from now on have no `gc` function.
  v8.setFlagsFromString("--no-expose-gc");
}

/** The limit, as errors name it. */
export function inWords() {
  return `${Math.round(most / 2 ** 20)} MB`;
}

/** Bytes in use, garbage included. */
function used() {
  const { used_heap_size: objects, external_memory: buffers } = v8.getHeapStatistics();
  return objects + buffers;
}

/** Begins a turn of a call. Calls of `"use node"` files share their realm, so their memory cannot be told apart. */
export function begin(scope) {
  turns++;
  holder = scope.realm === undefined ? undefined : scope;
  if (holder === undefined) return;
  if (scope.memory === undefined && littered) {
    littered = false;
    collect();
  }
  const now = used();
  scope.memory ??= { base: now, others: turns - 1, own: 0, grown: 0, turn: now, seen: now };
  const { memory } = scope;
  memory.own++;
  memory.turn = now;
  memory.seen = now;
}

/** Ends a turn. */
export function end() {
  if (holder === undefined) return;
  const scope = holder;
  if (exceeds(scope)) condemn(scope);
  if (scope.over && scope.memory.grown > most / 4) littered = true;
  holder = undefined;
}

/** Returns whether a call is known to hold more than its limit. */
export function exceeds(scope) {
  const { memory } = scope;
  if (memory === undefined) return false;
  if (holder === scope) {
    const now = used();
    memory.grown += Math.max(now - memory.seen, 0);
    memory.seen = now;
  }
  if (memory.grown <= most || scope.over) return false;
  collect();
  const left = used();
  const isAlone = turns - memory.own === memory.others;
  const held = left - (isAlone ? memory.base : memory.turn);
  if (held > most) return true;
  // Measure again after it has grown by the free rest, or by half of the limit if that is more.
  memory.grown = Math.min(Math.max(held, 0), most / 2);
  memory.seen = left;
  return false;
}

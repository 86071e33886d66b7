// Whose turn it is. Each time the process gives way to a call, until its promises are settled, is a
// turn of that call: so it is known whose error nobody caught, and who computes for too long.

let running;

/** The call whose turn it is, if it is one's. */
export function current() {
  return running;
}

/** Does `work` as a turn of a call. */
export function enter(scope, work) {
  running = scope;
  work();
}

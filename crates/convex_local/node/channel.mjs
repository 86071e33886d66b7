// The connection to Rust: one line per message over file descriptor 0, a socket in both directions.
//
// A line is a kind letter and fields separated by single spaces; the last field may be JSON, which
// never holds a raw line break. Standard output and error stay free for the output of user code.
import fs from "node:fs";
import net from "node:net";

const FD = 0;
const NEWLINE = 0x0a;
const clock = new Int32Array(new SharedArrayBuffer(4));

/** How long a message may wait for others, in milliseconds. */
const SHORT = 1;

/** Received messages that wait for their turn. */
const lines = [];
let outgoing = "";
let queuedSince = 0;
let flushing = false;
let writing = false;
let chunks = [];
let handler = () => {};

/** Starts reading; `onMessage(line)` is called for every message. */
export function open(onMessage, onClose) {
  handler = onMessage;
  const socket = new net.Socket({ fd: FD, readable: true, writable: false });
  socket.on("data", (chunk) => {
    for (const line of split(chunk)) take(line);
  });
  socket.on("end", onClose);
  socket.on("error", onClose);
}

/**
 * Handles each message in a turn of the event loop of its own. So a call is not blamed for another call's uncaught
 * errors or computing time.
 */
function take(line) {
  if (lines.push(line) === 1) setImmediate(nextTurn);
}

function nextTurn() {
  if (isLate()) flush();
  try {
    handler(lines[0]);
  } finally {
    lines.shift();
    if (lines.length > 0) setImmediate(nextTurn);
  }
}

/** Returns whether the queued messages have waited long enough for more. */
function isLate() {
  return outgoing !== "" && performance.now() - queuedSince > SHORT;
}

/** Queues one message; messages of short successive turns leave in one write. */
export function send(line) {
  outgoing += line;
  outgoing += "\n";
  if (!flushing) {
    flushing = true;
    queuedSince = performance.now();
    setImmediate(flushSoon);
  }
}

function flushSoon() {
  if (lines.length > 0 && !isLate()) setImmediate(flushSoon);
  else flush();
}

/** Sends a message at once, even from within user code, unless another one is half written. */
export function sendNow(line) {
  if (writing) return;
  send(line);
  flush();
}

/** Writes the queued messages. */
export function flush() {
  flushing = false;
  if (outgoing === "") return;
  const bytes = Buffer.from(outgoing, "utf8");
  outgoing = "";
  let offset = 0;
  writing = true;
  while (offset < bytes.length) {
    try {
      offset += fs.writeSync(FD, bytes, offset);
    } catch (error) {
      if (error.code === "EPIPE") process.exit(0);
      if (error.code !== "EAGAIN") throw error;
      sleep(0.2);
    }
  }
  writing = false;
}

/**
 * Sends a message and blocks until `accept(line)` returns something other than undefined; returns that value.
 * `accept` must not throw. Other messages that arrive in the meantime wait for the event loop.
 */
export function exchange(line, accept) {
  send(line);
  flush();
  const buffer = Buffer.allocUnsafe(65536);
  for (;;) {
    const count = readNow(buffer);
    let answer;
    for (const message of split(Buffer.from(buffer.subarray(0, count)))) {
      const accepted = answer === undefined ? accept(message) : undefined;
      if (accepted === undefined) take(message);
      else answer = accepted;
    }
    if (answer !== undefined) return answer;
  }
}

function readNow(buffer) {
  for (;;) {
    try {
      const count = fs.readSync(FD, buffer, 0, buffer.length, null);
      if (count === 0) process.exit(0);
      return count;
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      sleep(0.02);
    }
  }
}

function sleep(milliseconds) {
  Atomics.wait(clock, 0, 0, milliseconds);
}

function split(chunk) {
  const lines = [];
  let start = 0;
  for (;;) {
    const end = chunk.indexOf(NEWLINE, start);
    if (end === -1) break;
    const tail = chunk.subarray(start, end);
    if (chunks.length === 0) {
      lines.push(tail.toString("utf8"));
    } else {
      chunks.push(tail);
      lines.push(Buffer.concat(chunks).toString("utf8"));
      chunks = [];
    }
    start = end + 1;
  }
  if (start < chunk.length) chunks.push(chunk.subarray(start));
  return lines;
}

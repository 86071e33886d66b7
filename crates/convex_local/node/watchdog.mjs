// A thread that ends the process when the backend is gone, even while user code loops and hears
// nothing. Without it such a process would keep a processor busy for good.
import { Worker, isMainThread, workerData } from "node:worker_threads";

/** How often it looks, in milliseconds. */
const INTERVAL = 1000;

/** Starts the thread; `parent` is the process id of the backend. */
export function watchOver(parent) {
  const thread = new Worker(new URL(import.meta.url), { workerData: { parent }, env: {} });
  thread.unref();
  // Without it, the end of the socket is still noticed between two turns of the event loop.
  thread.on("error", (error) => console.error(`no watchdog: ${error.message}`));
}

if (!isMainThread && workerData?.parent !== undefined) {
  setInterval(() => {
    // An orphan is handed to another parent.
    if (process.ppid !== workerData.parent) process.kill(process.pid, "SIGKILL");
  }, INTERVAL);
}

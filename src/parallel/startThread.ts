import { builtIn, nodeThread } from "./nodeThread.js";
import type { Thread, ThreadEvents } from "./thread.js";
import { webThread } from "./webThread.js";

/** Starts a worker on `script`, by default the one of this package. Never throws: what fails ends the thread. */
export function startThread(script: URL | string | undefined, events: ThreadEvents): Thread {
  const threads = builtIn("node:worker_threads");
  try {
    return threads ? nodeThread(threads, script, events) : webThread(script, events);
  } catch (error) {
    queueMicrotask(() => events.end(String(error)));
    return { post() {}, terminate() {}, hold() {} };
  }
}

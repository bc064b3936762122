import { onlyOnce, type Thread, type ThreadEvents } from "./thread.js";

/** A Web Worker. Nothing tells when one closes itself: only errors end it. */
export function webThread(script: URL | string | undefined, events: ThreadEvents): Thread {
  // Written out in one piece: this is the form in which bundlers find a worker.
  const worker =
    script === undefined
      ? new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
      : new Worker(script, { type: "module" });
  const once = onlyOnce(events);
  worker.onmessage = ({ data }) => once.message(data);
  worker.onmessageerror = () => once.end("a message could not be read");
  worker.onerror = (event) => {
    event.preventDefault();
    once.end(event.message || "its script could not be loaded");
  };
  return {
    post: (message) => worker.postMessage(message),
    terminate() {
      once.mute();
      worker.terminate();
    },
    hold() {},
  };
}

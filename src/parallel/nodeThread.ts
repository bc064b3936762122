import { onlyOnce, type Thread, type ThreadEvents } from "./thread.js";

/** What of Node this folder uses. */
interface BuiltIn {
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:os": typeof import("node:os");
}

/** A module that Node has built in; undefined in a browser. Bundlers do not follow it. */
export function builtIn<Name extends keyof BuiltIn>(name: Name): BuiltIn[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as BuiltIn[Name] | undefined;
}

/** A worker thread of Node. It keeps the process alive only while it is held. */
export function nodeThread(
  { Worker }: typeof import("node:worker_threads"),
  script: URL | string | undefined,
  events: ThreadEvents,
): Thread {
  // A program given by --eval has flags that a file must not have.
  const evaluated = process.execArgv.some((flag) => flag.startsWith("--input-type"));
  const worker = new Worker(
    new URL(script ?? new URL("./worker.js", import.meta.url)),
    evaluated ? { execArgv: [] } : {},
  );
  const once = onlyOnce(events);
  worker.unref();
  worker.on("message", once.message);
  worker.on("messageerror", (error) => once.end(String(error)));
  worker.on("error", (error) => once.end(String(error)));
  worker.on("exit", (code) => once.end(`it left with exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    terminate() {
      once.mute();
      void worker.terminate();
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
  };
}

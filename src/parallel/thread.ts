/** One worker, the same in Node and in a browser. */
export interface Thread {
  post(message: unknown): void;
  /** Ends it now, whatever it does. */
  terminate(): void;
  /** Whether a Node process stays alive for it. */
  hold(alive: boolean): void;
}

/** What a {@link Thread} reports to its owner; nothing after `terminate`. */
export interface ThreadEvents {
  message(message: unknown): void;
  /** It crashed, left, or could not be started. */
  end(reason: string): void;
}

/** What of Node this folder uses. */
interface BuiltIn {
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:os": typeof import("node:os");
}

/** A module that Node has built in; undefined in a browser. Bundlers do not follow it. */
export function builtIn<Name extends keyof BuiltIn>(name: Name): BuiltIn[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as BuiltIn[Name] | undefined;
}

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

function nodeThread(
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

function webThread(script: URL | string | undefined, events: ThreadEvents): Thread {
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

/** The events until the first end. */
function onlyOnce(events: ThreadEvents) {
  let over = false;
  return {
    message(message: unknown) {
      if (!over) events.message(message);
    },
    end(reason: string) {
      if (over) return;
      over = true;
      events.end(reason);
    },
    mute() {
      over = true;
    },
  };
}

import type { CellSpec } from "rnn-dynamics";
import type { Answers } from "./answers.js";

/** A question to a worker. */
export interface Call {
  readonly number: number;
  readonly name: keyof Answers;
  readonly argument: unknown;
}

/** What a question is asked with. */
export type Question<Name extends keyof Answers> = Parameters<Answers[Name]>[0];

/** What comes back. */
export type Answer<Name extends keyof Answers> = Awaited<ReturnType<Answers[Name]>>;

/** A worker that is asked, and may be told to forget what it was asked. */
export interface Asker {
  ask<Name extends keyof Answers>(name: Name, argument: Question<Name>): Promise<Answer<Name>>;
  /** Which network it is asked about from now on. */
  use(spec: CellSpec): void;
  /** Ends what is under way: its answers never come. */
  drop(): void;
}

/** A worker of its own, started when it is first asked. */
export function createAsker(): Asker {
  let worker: Worker | null = null;
  let network: CellSpec | null = null;
  let count = 0;
  let waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const start = () => {
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const own = waiting;
    started.addEventListener("message", ({ data: { number, value, error } }) => {
      const call = own.get(number);
      own.delete(number);
      if (error === undefined) call?.resolve(value as never);
      else call?.reject(new Error(error));
    });
    started.addEventListener("error", (event) => {
      for (const { reject } of own.values()) reject(new Error(event.message || "the worker ended"));
      own.clear();
    });
    if (network) post(started, "use", network);
    return started;
  };
  const post = (to: Worker, name: keyof Answers, argument: unknown): number => {
    const number = count++;
    to.postMessage({ number, name, argument } satisfies Call);
    return number;
  };
  return {
    use(spec) {
      network = spec;
      if (worker) post(worker, "use", spec);
    },
    ask(name, argument) {
      worker ??= start();
      const number = post(worker, name, argument);
      const answer = new Promise<Answer<typeof name>>((resolve, reject) =>
        waiting.set(number, { resolve: resolve as (value: never) => void, reject }),
      );
      return answer;
    },
    drop() {
      if (waiting.size === 0) return;
      worker?.terminate();
      worker = null;
      waiting = new Map();
    },
  };
}

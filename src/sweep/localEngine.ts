import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, hostname, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkInteger, checkNumber } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { type SweepEngine, SweepError, type SweepWork } from "./engine.js";
import { type FailureKind, failureOf } from "./failure.js";
import type { FromWorker, GroupWork, WorkerSettings } from "./protocol.js";
import { openRowsFile } from "./rowsFile.js";
import { createTally } from "./tally.js";

/** Options of {@link localEngine}. */
export interface LocalEngineOptions {
  /** Processes. @defaultValue one per processor */
  readonly workers?: number;
  /** Seconds without a sign (a row, a checkpoint, progress of a training) after which a row has failed; 0: none. @defaultValue `0` */
  readonly timeLimit?: number;
  /** MiB of memory a worker may take; 0: no limit. @defaultValue nine tenths of the memory, divided by the workers */
  readonly memory?: number;
  /** Workers that may end, one after the other, on the same row before it has failed. @defaultValue `5` */
  readonly attempts?: number;
}

/**
 * Worker processes on this machine. A worker that ends takes no row with it: those on disk stay, the others are done
 * again by a new one; a row on which workers end again and again, that takes too much memory or that gives no sign
 * for too long, has failed. Groups are handed out one by one, whole: no more workers are busy than there are groups.
 *
 * @example
 * ```ts
 * localEngine({ workers: 2, timeLimit: 3600 }).name; // => "local"
 * ```
 */
export function localEngine(options: LocalEngineOptions = {}): SweepEngine {
  const where = "localEngine";
  const given = resolveOptions(
    where,
    { workers: availableParallelism(), timeLimit: 0, memory: -1, attempts: 5 },
    options,
  );
  checkInteger(where, "workers", given.workers, 1, 4096);
  checkNumber(where, "timeLimit", given.timeLimit, 0, 1e6);
  checkInteger(where, "attempts", given.attempts, 1);
  if (options.memory !== undefined) checkInteger(where, "memory", given.memory, 0);
  const memory = options.memory ?? Math.floor((0.9 * memoryHere()) / given.workers);
  return { name: "local", run: (work) => runLocal(work, { ...given, memory }) };
}

/** MiB this process may use. */
function memoryHere(): number {
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  const ofTask = Number(process.env.SLURM_MEM_PER_NODE) || Number.POSITIVE_INFINITY;
  return Math.min(Math.min(totalmem(), limit) / 2 ** 20, ofTask);
}

/** A worker process and what it is at. */
interface Worker {
  readonly process: ChildProcess;
  readonly writer: string;
  work: GroupWork | undefined;
  /** Rows of its group that are not settled. */
  readonly left: Set<string>;
  /** The row it is at; null: what the group shares. */
  at: string | null;
  /** Why it was ended from here. */
  ended: { readonly kind: FailureKind; readonly message: string } | undefined;
  timer: NodeJS.Timeout | undefined;
  /** The last of what it wrote to standard error. */
  said: string;
}

/** No row's id: crashes before the first. */
const starting = "\0";

/** How often the memory of workers is looked at, in milliseconds. */
const memoryEvery = 200;

function runLocal(
  { folder, groups, checkpointEvery, signal, ...shape }: SweepWork,
  { workers: size, timeLimit, memory, attempts }: Required<LocalEngineOptions>,
): Promise<void> {
  const queue = groups.filter(({ missing }) => missing.length > 0);
  if (queue.length === 0) return Promise.resolve();
  const script = fileURLToPath(new URL("./worker.js", import.meta.url));
  const workers = new Set<Worker>();
  const crashes = new Map<string, number>();
  const writers = writersOf(folder);
  const own = openRowsFile(join(folder, `failed-${writers()}.jsonl`));

  return new Promise((resolve, reject) => {
    let over = false;
    const watch = memory > 0 ? setInterval(watchMemory, memoryEvery) : undefined;
    const onAbort = () => end(() => reject(signal!.reason));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    fill();

    function end(settle: () => void): void {
      if (over) return;
      over = true;
      clearInterval(watch);
      signal?.removeEventListener("abort", onAbort);
      for (const { timer } of workers) clearTimeout(timer);
      const alive = [...workers].filter(({ process: p }) => p.exitCode === null && p.signalCode === null);
      const exits = alive.map(({ process: child }) => {
        const exit = new Promise((exited) => child.once("exit", exited));
        child.kill("SIGKILL");
        return exit;
      });
      // None of them writes when this is settled.
      void Promise.all(exits).then(() => {
        own.close();
        settle();
      });
    }

    /** As many workers as there is work for. */
    function fill(): void {
      if (over) return;
      const idle = [...workers].filter(({ work }) => work === undefined).length;
      const wanted = Math.min(size - workers.size, queue.length - idle);
      for (let k = 0; k < wanted; k++) start();
      if (workers.size === 0) end(resolve);
    }

    function start(): void {
      const settings: WorkerSettings = { folder, writer: writers(), checkpointEvery };
      const child = fork(script, [JSON.stringify(settings)], {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        execArgv: memory > 0 ? [`--max-old-space-size=${memory}`] : [],
      });
      const worker: Worker = {
        process: child,
        writer: settings.writer,
        work: undefined,
        left: new Set(),
        at: null,
        ended: undefined,
        timer: undefined,
        said: "",
      };
      workers.add(worker);
      child.stderr!.on("data", (chunk) => {
        worker.said = (worker.said + chunk).slice(-4000);
      });
      child.on("message", (message) => hear(worker, message as FromWorker));
      child.on("error", (error) => end(() => reject(new SweepError(error.message))));
      whenOver(child, (how) => gone(worker, how));
    }

    function hear(worker: Worker, message: FromWorker): void {
      if (over) return;
      if (message.kind === "fatal") {
        end(() => reject(new SweepError(message.message)));
        return;
      }
      if (message.kind === "ready") crashes.delete(starting);
      if (message.kind === "begin") worker.at = message.id;
      if (message.kind === "settled") {
        worker.left.delete(message.id);
        crashes.delete(message.id);
      }
      if (message.kind === "ready" || message.kind === "done") give(worker);
      else giveTime(worker);
    }

    function give(worker: Worker): void {
      const work = queue.shift();
      worker.work = work;
      worker.at = null;
      worker.left.clear();
      if (work === undefined) {
        clearTimeout(worker.timer);
        worker.process.disconnect();
        return;
      }
      for (const id of work.missing) worker.left.add(id);
      worker.process.send(work);
      giveTime(worker);
    }

    function giveTime(worker: Worker): void {
      clearTimeout(worker.timer);
      if (timeLimit > 0)
        worker.timer = setTimeout(
          () => stop(worker, "timed-out", `gave no sign for ${timeLimit} s`),
          1000 * timeLimit,
        );
    }

    function stop(worker: Worker, kind: FailureKind, message: string): void {
      worker.ended ??= { kind, message };
      worker.process.kill("SIGKILL");
    }

    function watchMemory(): void {
      for (const worker of workers) {
        const taken = worker.work ? residentMemory(worker.process.pid!) : 0;
        if (taken > memory) stop(worker, "out-of-memory", `took more than ${memory} MiB of memory`);
      }
    }

    /** A worker has ended: as it should, or not. */
    function gone(worker: Worker, how: string): void {
      clearTimeout(worker.timer);
      workers.delete(worker);
      if (over) return;
      try {
        if (worker.work) takeOver(worker, worker.work, how);
        else if (how !== "code 0")
          crashed(starting, () =>
            end(() =>
              reject(new SweepError(`workers end before their first row (${how})${lastSaid(worker)}`)),
            ),
          );
      } catch (error) {
        end(() => reject(new SweepError((error as Error).message)));
      }
      fill();
    }

    function takeOver(worker: Worker, work: GroupWork, how: string): void {
      // What it wrote last it may not have told.
      const { done, failures } = ownRows(worker);
      const left = work.missing.filter((id) => worker.left.has(id) && !done.has(id) && !failures.has(id));
      if (left.length === 0) return;
      const key = worker.at ?? `${starting} ${work.group.id}`;
      const blamed = worker.at === null ? left : left.filter((id) => id === worker.at);
      const failed = new Set<string>();
      const failAll = (kind: FailureKind, message: string) => {
        for (const id of blamed) {
          own.append(failureOf(shape.study, id, kind, message));
          failed.add(id);
        }
      };
      if (worker.ended) failAll(worker.ended.kind, worker.ended.message);
      else if (/heap out of memory/.test(worker.said))
        failAll("out-of-memory", `took more than ${memory || "the default heap of"} MiB of memory`);
      else
        crashed(key, () =>
          failAll(
            "crashed",
            `${attempts} worker processes ended while they were at it, the last by ${how}${lastSaid(worker)}`,
          ),
        );
      const again = left.filter((id) => !failed.has(id));
      if (again.length > 0) queue.unshift({ group: work.group, missing: again });
    }

    function crashed(key: string, last: () => void): void {
      const count = (crashes.get(key) ?? 0) + 1;
      crashes.set(key, count);
      if (count >= attempts) last();
    }

    function ownRows({ writer }: Worker) {
      const tally = createTally(folder, shape, writer);
      tally.update();
      return tally;
    }
  });
}

/** The end of what a worker wrote to standard error, on one line and without the places in a stack. */
function lastSaid({ said }: Worker): string {
  const lines = said.split("\n").map((line) => line.trim());
  const text = lines.filter((line) => line !== "" && !/^(at |\^+$|Node\.js v)/.test(line)).join("; ");
  return text === "" ? "" : `: ${text.slice(-500)}`;
}

/** How long what a dead process said last is waited for, in milliseconds. */
const lastWords = 1000;

/** Calls back once a process is dead, and all that it told and said is here. */
function whenOver(child: ChildProcess, then: (how: string) => void): void {
  let how = "";
  let waiting = 3;
  const one = () => {
    if (--waiting === 0) then(how);
  };
  child.once("disconnect", one);
  child.stderr!.once("close", one);
  child.once("exit", (code, signal) => {
    how = signal ?? `code ${code}`;
    one();
    // A child of its own may keep its standard error open.
    setTimeout(() => {
      if (waiting > 0) {
        waiting = 1;
        one();
      }
    }, lastWords).unref();
  });
}

/** Names for files that no process had before; the folder is locked, so nobody else here makes such. */
function writersOf(folder: string): () => string {
  const stem = `${hostname().replace(/[^\w.-]/g, "_")}-${process.pid}`;
  let next = 1;
  return () => {
    for (;;) {
      const name = `${stem}-${next++}`;
      if (!["rows", "failed"].some((kind) => existsSync(join(folder, `${kind}-${name}.jsonl`)))) return name;
    }
  };
}

/** MiB of memory that a process has in use; 0 where the system does not say. */
function residentMemory(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return (pages * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}

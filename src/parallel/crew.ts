import { kernelName } from "../analysis/kernelName.js";
import type { Batch } from "../analysis/plan.js";
import type { Crossing, Shape } from "./crossing.js";
import { decodeError, encodeShared, isReply, type Order } from "./protocol.js";
import { startThread } from "./startThread.js";
import type { Thread } from "./thread.js";

/** One verb in progress: whom the jobs of its batches are about. */
export interface Call {
  readonly id: number;
  readonly system: Crossing;
  readonly shape: Shape;
}

/** Jobs `start` to `end` of a batch, and how often they took a worker down with them. */
interface Chunk {
  readonly work: Work;
  readonly start: number;
  readonly end: number;
  readonly crashes: number;
}

/** A batch in progress. */
interface Work {
  readonly id: number;
  readonly call: Call;
  readonly batch: Batch;
  readonly results: unknown[];
  /** First job not handed out yet. */
  next: number;
  /** Chunks to be done again. */
  readonly again: Chunk[];
  done: number;
  /** The first job, in the order of jobs, that is known to throw. */
  failure: { readonly job: number; readonly error: unknown } | undefined;
  resolve(results: readonly unknown[]): void;
  reject(reason: unknown): void;
}

/** A place for a worker, and what it is doing. */
interface Member {
  thread: Thread | undefined;
  chunk: Chunk | undefined;
  /** Calls this worker was told of, and the batch it has prepared. */
  readonly calls: Set<number>;
  batch: number;
}

/** Crashes after which a chunk of jobs is given up. */
const mostCrashes = 3;

/** Workers that do batches of jobs, and are replaced when they crash. */
export interface Crew {
  readonly size: number;
  /** The results of a batch, in the order of its jobs; rejects with what the first failing job threw. */
  perform(call: Call, batch: Batch): Promise<readonly unknown[]>;
  /** Ends whatever is in progress for a call. */
  abandon(call: Call, reason: unknown): void;
  /** A call is over: workers forget it. */
  dismiss(call: Call): void;
  close(reason: unknown): void;
}

/** Prepares workers; each starts when there is first something for it to do. */
export function createCrew(size: number, script: URL | string | undefined): Crew {
  const members = Array.from(
    { length: size },
    (): Member => ({ thread: undefined, chunk: undefined, calls: new Set(), batch: -1 }),
  );
  let works: Work[] = [];
  let batches = 0;

  /** Gives every idle worker something to do. */
  function handOut(): void {
    for (const member of members) {
      if (member.chunk) continue;
      const chunk = nextChunk();
      if (!chunk) return;
      give(member, chunk);
    }
  }

  /** Smaller and smaller chunks, so that all workers finish together. */
  function nextChunk(): Chunk | undefined {
    for (const work of works) {
      const repeated = work.again.shift();
      if (repeated) return repeated;
      const left = limitOf(work) - work.next;
      if (left <= 0) continue;
      const start = work.next;
      work.next += Math.ceil(left / (2 * size));
      return { work, start, end: work.next, crashes: 0 };
    }
    return undefined;
  }

  function give(member: Member, chunk: Chunk): void {
    const { call, batch, id } = chunk.work;
    member.chunk = chunk;
    member.thread ??= startThread(script, {
      message: (reply) => receive(member, reply),
      end: (reason) => replace(member, reason),
    });
    member.thread.hold(true);
    const post = (order: Order) => member.thread!.post(order);
    try {
      if (!member.calls.has(call.id)) {
        member.calls.add(call.id);
        post({ kind: "system", call: call.id, system: call.system, shape: call.shape, kernel: kernelName });
      }
      const jobs = batch.jobs.slice(chunk.start, chunk.end);
      const order = { kind: "jobs", call: call.id, batch: id, jobs } as const;
      if (member.batch === id) post(order);
      else post({ ...order, shared: { task: batch.task.name, values: encodeShared(batch.shared) } });
      member.batch = id;
    } catch (error) {
      release(member);
      settle(chunk.work, () => chunk.work.reject(error));
    }
  }

  function receive(member: Member, reply: unknown): void {
    const { chunk } = member;
    if (!chunk || !isReply(reply)) return; // a module that a worker imports may post messages of its own
    const { work } = chunk;
    release(member);
    if (works.includes(work)) {
      if ("results" in reply) {
        for (const [i, result] of reply.results.entries()) work.results[chunk.start + i] = result;
        work.done += reply.results.length;
        report(work, reply.results.length);
      } else {
        member.batch = -1;
        const job = chunk.start + reply.failed;
        if (!work.failure || job < work.failure.job) work.failure = { job, error: decodeError(reply.error) };
      }
      conclude(work);
    }
    handOut();
  }

  function report(work: Work, count: number): void {
    try {
      for (let i = 0; i < count; i++) work.batch.onDone?.();
    } catch (error) {
      settle(work, () => work.reject(error));
    }
  }

  /** Ends a batch when all its jobs are done, or all before the first that failed. */
  function conclude(work: Work): void {
    if (work.failure) {
      const { job, error } = work.failure;
      const open = members.some(({ chunk }) => chunk?.work === work && chunk.start < job);
      if (!open && work.again.every(({ start }) => start > job)) settle(work, () => work.reject(error));
    } else if (work.done === work.batch.jobs.length) settle(work, () => work.resolve(work.results));
  }

  function settle(work: Work, how: () => void): void {
    if (!works.includes(work)) return;
    works = works.filter((other) => other !== work);
    how();
  }

  function replace(member: Member, reason: string): void {
    const { chunk } = member;
    drop(member);
    if (chunk && works.includes(chunk.work)) {
      const { work, start, end, crashes } = chunk;
      // One by one, so that the job that did it is told from its neighbours.
      if (crashes + 1 < mostCrashes)
        for (let job = start; job < end; job++)
          work.again.push({ work, start: job, end: job + 1, crashes: crashes + 1 });
      else {
        const what = `job ${start} of "${work.batch.task.name}" crashed a worker ${mostCrashes} times, at last: ${reason}`;
        settle(work, () => work.reject(new Error(`rnn-dynamics/parallel: ${what}`)));
      }
    }
    handOut();
  }

  function release(member: Member): void {
    member.chunk = undefined;
    member.thread?.hold(false);
  }

  function drop(member: Member): void {
    member.thread?.terminate();
    member.thread = undefined;
    member.chunk = undefined;
    member.calls.clear();
    member.batch = -1;
  }

  function limitOf({ failure, batch }: Work): number {
    return failure ? failure.job : batch.jobs.length;
  }

  return {
    size,
    perform(call, batch) {
      return new Promise((resolve, reject) => {
        const id = batches++;
        works.push({
          id,
          call,
          batch,
          results: new Array(batch.jobs.length),
          next: 0,
          again: [],
          done: 0,
          failure: undefined,
          resolve,
          reject,
        });
        handOut();
      });
    },
    abandon(call, reason) {
      for (const work of works) if (work.call === call) settle(work, () => work.reject(reason));
      for (const member of members) if (member.chunk?.work.call === call) drop(member);
      handOut();
    },
    dismiss(call) {
      for (const { calls, thread } of members)
        if (calls.delete(call.id)) thread?.post({ kind: "over", call: call.id } satisfies Order);
    },
    close(reason) {
      for (const work of works) settle(work, () => work.reject(reason));
      for (const member of members) drop(member);
    },
  };
}

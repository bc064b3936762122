import { createPool, type Pool } from "../parallel/index.js";

/** The command was interrupted while it waited for its workers. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  /** The exit code is 128 and the signal's number. */
  constructor(readonly exitCode: 130 | 143 = 130) {
    super();
  }
}

/** Does a verb on a pool of workers; an interrupt ends them. */
export async function onWorkers<Report>(
  size: number,
  work: (pool: Pool, signal: AbortSignal) => Promise<Report>,
): Promise<Report> {
  const pool = createPool({ size });
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Interrupted());
  process.once("SIGINT", onInterrupt);
  try {
    return await work(pool, interrupt.signal);
  } finally {
    process.off("SIGINT", onInterrupt);
    pool.close();
  }
}

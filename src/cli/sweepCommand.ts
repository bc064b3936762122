import { availableParallelism } from "node:os";
import { printableLines } from "../report/printable.js";
import {
  collectSweep,
  localEngine,
  retrySweepFolder,
  runSweepFolder,
  type SweepEngine,
  type SweepFolderOptions,
  type SweepStatus,
  slurmEngine,
  sweepStatus,
} from "../sweep/index.js";
import { Interrupted } from "./onWorkers.js";
import { createStudyBar } from "./studyBar.js";

/** The flags of `rnn-dynamics sweep run` and `retry`, as parsed. */
export interface SweepFlags {
  readonly engine: "local" | "slurm";
  readonly shard?: readonly [number, number];
  readonly checkpointEvery: number;
  readonly workers?: number;
  readonly timeLimit?: number;
  readonly memory?: number;
  readonly attempts?: number;
  readonly tasks?: number;
  readonly throttle?: number;
  readonly partition?: string;
  readonly time?: string;
  readonly memoryPerTask?: string;
  readonly sbatch?: readonly string[];
  readonly poll?: number;
  readonly quiet: boolean;
}

/** `rnn-dynamics sweep run STUDY CONFIG.json --out DIR`: exit code 1 when rows failed. */
export async function sweepRun(
  study: string,
  config: string,
  flags: SweepFlags & { readonly out: string },
): Promise<void> {
  await watched(flags, flags.out, (options) => runSweepFolder(study, config, flags.out, options));
}

/** `rnn-dynamics sweep retry DIR`: failed rows once more. */
export async function sweepRetry(folder: string, flags: SweepFlags): Promise<void> {
  await watched(flags, folder, (options) => retrySweepFolder(folder, options));
}

/** `rnn-dynamics sweep status DIR`. */
export function sweepStatusCommand(folder: string, { json }: { readonly json: boolean }): void {
  const status = sweepStatus(folder);
  process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(folder, status));
}

/** `rnn-dynamics sweep collect DIR`. */
export async function sweepCollect(folder: string, { to }: { readonly to?: string }): Promise<void> {
  const { rows, failed, columns, parquet, csv } = await collectSweep(folder, to);
  const text = `${rows} rows (${failed} failed), ${columns} columns: ${parquet}, ${csv}\n`;
  process.stdout.write(printableLines(text));
}

async function watched(
  flags: SweepFlags,
  folder: string,
  run: (options: SweepFolderOptions) => Promise<SweepStatus>,
): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Interrupted());
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, onSignal);
  const bar = createStudyBar(flags.quiet);
  try {
    const status = await run({
      engine: engineOf(flags),
      checkpointEvery: flags.checkpointEvery,
      signal: stop.signal,
      onProgress: ({ done, failed, total }) =>
        bar.update({ stage: "rows", group: "", done: done + failed, total, rows: done }),
      ...(flags.shard && { shard: flags.shard }),
    });
    bar.stop();
    if (!flags.quiet) process.stdout.write(statusText(folder, status));
    if (status.failed > 0) process.exitCode = 1;
  } finally {
    bar.stop();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
  }
}

function engineOf(flags: SweepFlags): SweepEngine {
  const { workers, timeLimit, memory, attempts, tasks, throttle, partition, time, memoryPerTask } = flags;
  const local = given({ workers, timeLimit, memory, attempts });
  if (flags.engine === "local") return localEngine({ workers: availableParallelism(), ...local });
  const { sbatch, poll } = flags;
  return slurmEngine({
    ...local,
    ...given({ tasks, throttle, partition, time, memoryPerTask, sbatch, poll }),
  });
}

/** What is set, without what is not. */
function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function statusText(folder: string, status: SweepStatus): string {
  const { name, study, total, done, failed, missing, groups, groupsDone, open, repeated, unplanned } = status;
  const notes = [
    ...(open ? ["more rows follow when these are there"] : []),
    ...(repeated > 0 ? [`${repeated} rows are there more than once, and count once`] : []),
    ...(unplanned > 0 ? [`${unplanned} rows are not of the grid any more`] : []),
  ];
  return printableLines(
    [
      `${folder}: ${name} (study ${study})`,
      `${done} of ${total} rows done, ${failed} failed, ${missing} missing; ${groupsDone} of ${groups} groups`,
      ...notes,
      "",
    ].join("\n"),
  );
}

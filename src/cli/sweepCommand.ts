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
  const { rows, failed, missing, damaged, columns, parquet, csv } = await collectSweep(folder, to);
  const lines = [
    `${rows} rows (${failed} failed), ${columns} columns: ${parquet}, ${csv}`,
    ...(missing > 0 ? [`${missing} rows are missing: not made yet; "sweep run" goes on`] : []),
    ...(damaged > 0 ? [damagedText(damaged)] : []),
    "",
  ];
  process.stdout.write(printableLines(lines.join("\n")));
}

async function watched(
  flags: SweepFlags,
  folder: string,
  run: (options: SweepFolderOptions) => Promise<SweepStatus>,
): Promise<void> {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals) => stop.abort(new Interrupted(name === "SIGINT" ? 130 : 143));
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, onSignal);
  const bar = createStudyBar(flags.quiet);
  try {
    const status = await run({
      engine: engineOf(flags),
      checkpointEvery: flags.checkpointEvery,
      signal: stop.signal,
      onProgress: ({ done, failed, total }) =>
        bar.update({ what: "rows", done: done + failed, total, rows: done, failed }),
      ...(flags.shard && { shard: flags.shard }),
    });
    bar.stop();
    if (!flags.quiet) process.stdout.write(statusText(folder, status));
    if (status.failed > 0) process.exitCode = 1;
  } catch (error) {
    bar.stop();
    if (error instanceof Interrupted && !flags.quiet) process.stderr.write(stoppedText(folder, flags.engine));
    throw error;
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

/** What is there when the command is stopped. */
function stoppedText(folder: string, engine: SweepFlags["engine"]): string {
  const { done, total } = sweepStatus(folder);
  const goesOn =
    engine === "slurm"
      ? "the array goes on without this command, and the same command waits for it"
      : "the same command goes on";
  return `stopped, ${done} of ${total} rows done; ${goesOn}\n`;
}

function damagedText(damaged: number): string {
  return `${damaged} damaged lines are passed over, their rows count as not there`;
}

function statusText(folder: string, status: SweepStatus): string {
  const { name, study, total, done, failed, missing, groups, groupsDone, open, repeated, unplanned } = status;
  const { damaged, errors } = status;
  const notes = [
    ...errors.map(({ id, kind, message }) => `failed: ${id}: ${kind}: ${shortened(message)}`),
    ...(failed > errors.length && errors.length > 0
      ? [`and ${failed - errors.length} more that failed`]
      : []),
    ...(failed > 0 ? [`"rnn-dynamics sweep retry ${folder}" makes failed rows again`] : []),
    ...(open ? ["more rows follow when these are there"] : []),
    ...(repeated > 0 ? [`${repeated} rows are there more than once, and count once`] : []),
    ...(unplanned > 0 ? [`${unplanned} rows are not of the grid any more`] : []),
    ...(damaged > 0 ? [damagedText(damaged)] : []),
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

/** The beginning of a message, on one line. */
function shortened(message: string): string {
  const line = message.replace(/\s*\n\s*/g, "; ");
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}

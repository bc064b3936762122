#!/usr/bin/env node
import "../sweep/relaxedSimd.js";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ArgumentError } from "../core/check.js";
import { FileError } from "../io/index.js";
import { printable } from "../report/printable.js";
import { SweepError } from "../sweep/index.js";
import { type AnalyzeFlags, analyzeCommand } from "./analyzeCommand.js";
import { type ClassifyFlags, classifyCommand } from "./classifyCommand.js";
import { convertCommand } from "./convertCommand.js";
import { inspectCommand } from "./inspectCommand.js";
import { Interrupted } from "./onWorkers.js";
import { type StudyFlags, studyCommand } from "./studyCommand.js";
import { type SweepFlags, sweepCollect, sweepRetry, sweepRun, sweepStatusCommand } from "./sweepCommand.js";
import { verifyCommand } from "./verifyCommand.js";
import { version } from "./version.js";

/** Exit codes: 0 done, 1 a proof that does not hold, 2 wrong arguments or an unreadable file, 130 and 143 interrupted (128 + SIGINT, SIGTERM). */
const unusable = 2;

const program = new Command("rnn-dynamics")
  .description("How does a trained recurrent network compute? Fixed points, slow points, cycles, attractors.")
  .version(version)
  .exitOverride();

program
  .command("analyze")
  .description("find where the network rests, creeps and cycles, and what the dynamics does there")
  .argument(
    "<weights>",
    "weight file: PyTorch, Keras, TF.js, ONNX, safetensors, npz, pickle, MATLAB 5, or JSON of our own",
  )
  .option("--model <spec.json>", "what the tensors mean (default: recognised from their names)")
  .option("--starts <file[:tensor]>", "states to search from, rows of D (default: drawn and simulated)")
  .option("--input <v1,v2,...>", "the input held during the search (default: zeros)", numbers)
  .option("--period <k>", "also find cycles of 2 to k steps (at most 1000)", period, 1)
  .option("--slow", "also find slow points", false)
  .option("--certify", "prove that every point listed exists, alone, and what grows from it", false)
  .option("--all", "prove that no fixed point is missing, where that can be done; implies --certify", false)
  .option("--proof <file>", "write the proof as JSON, for the verify command; implies --certify")
  .option("--seed <s>", "seed of everything random", integer, 0)
  .option("--workers <n>", "search on n worker threads (default: as many as pay)", workers)
  .option("--json <file>", "write the analysis as JSON; - writes it to standard output instead of the tables")
  .option("--html <file>", "write one page to look at, which opens in any browser")
  .option("--figures <folder>", "write figures for papers, as SVG")
  .option("--axes <a,b,c>", "axes of these: pc1, output1, mode1, x1 ... (default: pc1,pc2,pc3)", names)
  .option("--quiet", "print no tables and no progress", false)
  .action((weights: string, flags: AnalyzeFlags) => analyzeCommand(weights, flags));

program
  .command("classify")
  .description(
    "by which mechanism does the network remember: fixed points, a slow manifold, cycles, a mixture",
  )
  .argument("<weights>", "weight file")
  .requiredOption("--memories <file[:tensor]>", "states at the start of the delay, rows of D")
  .requiredOption("--labels <file[:tensor]>", "one number per memory: what it stands for")
  .requiredOption("--delay <d>", "length of the delay, in steps (map) or time (flow)", finiteNumber)
  .option("--model <spec.json>", "what the tensors mean (default: recognised from their names)")
  .option("--readout <tensor>", "K x D tensor of the weight file (default: the network's own)")
  .option("--input <v1,v2,...>", "the input held in the delay (default: zeros)", numbers)
  .option("--horizon <t>", "how long limits are followed, in steps or time", finiteNumber)
  .option("--seed <s>", "seed of everything random", integer, 0)
  .option("--workers <n>", "work on n worker threads", workers, 1)
  .option("--json <file>", "write the report as JSON; - writes it to standard output")
  .option("--html <file>", "write a page with the memories, their paths and the points: opens in any browser")
  .option("--quiet", "print nothing", false)
  .action((weights: string, flags: ClassifyFlags) => classifyCommand(weights, flags));

program
  .command("inspect")
  .description("show the tensors of a weight file and what they are taken to mean")
  .argument("<weights>", "weight file")
  .option("--model <spec.json>", "what the tensors mean (default: recognised from their names)")
  .option("--json", "print JSON", false)
  .action((weights: string, flags: { model?: string; json: boolean }) => inspectCommand(weights, flags));

program
  .command("convert")
  .description("write the tensors of a weight file, and what they mean, as safetensors or npz")
  .argument("<in>", "weight file of any kind that is read")
  .argument("<out>", "the file to write: its name ends in .safetensors or .npz")
  .option("--model <spec.json>", "what the tensors mean (default: recognised from their names)")
  .option("--force", "write over a file that is there", false)
  .option("--json", "print JSON", false)
  .action((file: string, out: string, flags: { model?: string; force: boolean; json: boolean }) =>
    convertCommand(file, out, flags),
  );

program
  .command("verify")
  .description("check a proof that analyze wrote, by other means and without a search")
  .argument("<proof.json>", "what analyze --proof wrote")
  .argument("<weights>", "the weight file it is about")
  .option("--model <spec.json>", "what the tensors mean (default: recognised from their names)")
  .action((proof: string, weights: string, flags: { model?: string }) =>
    verifyCommand(proof, weights, flags),
  );

program
  .command("study")
  .description("run a study of many networks, or go on with one that was broken off")
  .argument("<name>", "mechanisms: how trained networks remember; capacity: how much random ones hold")
  .argument("<config.json>", "which networks, and how each is tested")
  .requiredOption("--out <dir>", "folder for rows, table and what is needed to go on")
  .option("--shard <i/n>", "only part i of n: n processes share one study (default: 1/1)", shard)
  .option("--checkpoint-every <trials>", "trials between checkpoints of a training", positive, 100)
  .option("--quiet", "print nothing", false)
  .action((name: string, config: string, flags: StudyFlags) => studyCommand(name, config, flags));

const sweep = program
  .command("sweep")
  .description("run a study of many rows on many processors: worker processes here, or a Slurm job array");

withEngine(
  sweep
    .command("run")
    .description("make the rows that are missing")
    .argument("<study>", "mechanisms, capacity, demo, or a module (.mjs) that makes a study")
    .argument("<config.json>", "which rows, and how each is made")
    .requiredOption("--out <dir>", "folder for rows and what is needed to go on")
    .option("--shard <i/n>", "only part i of n: n processes share one study (default: 1/1)", shard),
).action((study: string, config: string, flags: SweepFlags & { out: string }) =>
  sweepRun(study, config, flags),
);

withEngine(
  sweep
    .command("retry")
    .description("make the rows again that failed, and those that are missing")
    .argument("<dir>", "the folder of a study"),
).action((folder: string, flags: SweepFlags) => sweepRetry(folder, flags));

sweep
  .command("status")
  .description("how far a study is, from its files alone")
  .argument("<dir>", "the folder of a study")
  .option("--json", "print JSON", false)
  .action(sweepStatusCommand);

sweep
  .command("collect")
  .description("write all rows, failures too, as one Parquet and one CSV table")
  .argument("<dir>", "the folder of a study")
  .option("--to <dir>", "folder for the tables (default: the study's)")
  .action(sweepCollect);

for (const command of [...program.commands, ...sweep.commands])
  command.exitOverride().configureOutput({ outputError: onlyOneLine });
program.configureOutput({ outputError: onlyOneLine });

// A reader that goes away (| head) ends the command quietly; a full disk is a file that cannot be written.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.stderr.write(`rnn-dynamics: cannot write the output (${error.code})\n`);
  process.exit(error.code === "EPIPE" ? 0 : unusable);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = error.exitCode;
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : unusable;
  else if (error instanceof FileError || error instanceof ArgumentError || error instanceof SweepError) {
    process.stderr.write(`rnn-dynamics: ${printable(error.message)}\n`);
    process.exitCode = unusable;
  } else if (error instanceof Error && "syscall" in error && "code" in error) {
    process.stderr.write(`rnn-dynamics: ${printable(error.message)}\n`);
    process.exitCode = unusable;
  } else throw error;
}

/** The flags that say who makes rows, and within which limits. */
function withEngine(command: Command): Command {
  return command
    .addOption(
      new Option("--engine <name>", "worker processes on this machine, or a job array of Slurm")
        .choices(["local", "slurm"])
        .default("local"),
    )
    .option("--workers <n>", "processes (local: one per processor; slurm: one per task)", workers)
    .option("--time-limit <s>", "seconds without a sign after which a row has failed", finiteNumber)
    .option("--memory <MiB>", "memory that one worker may take (0: no limit)", integer)
    .option("--attempts <n>", "workers that may end on one row before it has failed", positive)
    .option("--checkpoint-every <trials>", "trials between checkpoints of a training", positive, 100)
    .option("--tasks <n>", "slurm: tasks of the array, at most", positive)
    .option("--throttle <n>", "slurm: tasks that run at the same time", positive)
    .option("--partition <name>", "slurm: as sbatch takes it")
    .option("--time <t>", "slurm: time limit of a task, as sbatch takes it")
    .option("--memory-per-task <m>", "slurm: memory of a task, as sbatch --mem takes it")
    .option("--sbatch <argument>", "slurm: one more argument of sbatch; may be repeated", repeated)
    .option("--poll <s>", "slurm: seconds between looks at the queue", finiteNumber)
    .option("--quiet", "print nothing", false);
}

function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Commander's message as one line. */
function onlyOneLine(text: string, write: (text: string) => void): void {
  write(
    `${text
      .trim()
      .replace(/^error: /, "rnn-dynamics: ")
      .replaceAll("\n", " ")}\n`,
  );
}

function numbers(text: string): number[] {
  if (text.trim() === "") return [];
  return text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() === "" || !Number.isFinite(value))
      throw new InvalidArgumentError(`${JSON.stringify(part)} is no number; expected e.g. 0,1,-0.5.`);
    return value;
  });
}

/** Names of axes. */
function names(text: string): string[] {
  const list = text.split(",").map((part) => part.trim());
  const bad = list.find((name) => !/^(pc|output|mode|x)[1-9][0-9]*$/.test(name));
  if (bad !== undefined || list.length > 3)
    throw new InvalidArgumentError("expected one to three names such as pc1, output1, mode1 or x1.");
  return list;
}

function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("expected an integer.");
  return value;
}

function positive(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError("expected a positive integer.");
  return value;
}

function workers(text: string): number {
  const value = positive(text);
  if (value > 1024) throw new InvalidArgumentError("expected an integer from 1 to 1024.");
  return value;
}

function shard(text: string): [number, number] {
  const [, i, n] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (i === undefined || Number(i) < 1 || Number(i) > Number(n))
    throw new InvalidArgumentError("expected i/n with i from 1 to n, e.g. 1/4.");
  return [Number(i), Number(n)];
}

function period(text: string): number {
  const value = integer(text);
  if (value < 1 || value > 1000) throw new InvalidArgumentError("expected an integer from 1 to 1000.");
  return value;
}

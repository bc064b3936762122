import { checkInteger, checkNumber, describe, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import { createRandom } from "../core/random.js";
import type { SweepStudy } from "../study/sweepStudy.js";
import { type DefinedEntry, type DefinedRow, defineSweep, mostRows } from "./defineSweep.js";

/** A study about nothing, to try a cluster with: rows take as long, and fail as, they are told to. */
export interface DemoConfig {
  /** @defaultValue `40` */
  readonly rows?: number;
  /** Rows that stay together. @defaultValue `1` */
  readonly together?: number;
  /** A row takes so long; it sleeps. @defaultValue `0.1` */
  readonly seconds?: number;
  /** Characters of text in each row, to make it large. @defaultValue `0` */
  readonly characters?: number;
  /** Rows, counted from 0, that throw, hang, and take memory without end. @defaultValue `[]` */
  readonly throws?: readonly number[];
  readonly hangs?: readonly number[];
  readonly eats?: readonly number[];
}

/** The demo study of a configuration: each row has the mean of 100 random numbers, drawn from its seed. */
export function demoSweep(where: string, config: DemoConfig): SweepStudy<DefinedEntry, DefinedRow> {
  const none: readonly number[] = [];
  const o = resolveOptions(
    where,
    { rows: 40, together: 1, seconds: 0.1, characters: 0, throws: none, hangs: none, eats: none },
    config,
  );
  checkInteger(where, "rows", o.rows, 1, mostRows);
  checkInteger(where, "together", o.together, 1);
  checkNumber(where, "seconds", o.seconds, 0, 86400);
  checkInteger(where, "characters", o.characters, 0, 1e6);
  for (const name of ["throws", "hangs", "eats"] as const)
    if (!Array.isArray(o[name])) fail(where, `${name} is ${describe(o[name])}, expected a list of rows`);
  const study = defineSweep({
    name: "demo",
    version: 1,
    grid: { row: Array.from({ length: o.rows }, (_, i) => i) },
    settings: o,
    run({ row: at }) {
      sleep(o.seconds);
      if (o.throws.includes(at)) throw new Error(`row ${at} throws, as asked`);
      if (o.hangs.includes(at)) sleep(86400);
      if (o.eats.includes(at)) eat();
      const random = createRandom(at);
      let sum = 0;
      for (let i = 0; i < 100; i++) sum += random.uniform();
      return { mean: sum / 100, large: sum > 50, text: "x".repeat(o.characters) };
    },
  });
  const rows = study.groups.flatMap((group) => group.rows);
  const groups = Array.from({ length: Math.ceil(rows.length / o.together) }, (_, k) => ({
    id: `part-${k}`,
    rows: rows.slice(k * o.together, (k + 1) * o.together),
  }));
  return { ...study, groups };
}

/** Blocks, as a computation would. */
function sleep(seconds: number): void {
  if (seconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000 * seconds);
}

/** Takes memory, and touches it, until somebody ends the process. */
function eat(): never {
  for (const taken: Buffer[] = []; ; ) {
    taken.push(Buffer.alloc(1 << 24, 1));
    sleep(0.02);
  }
}

import { checkInteger, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { spmSequence } from "../../tasks/spmSequence.js";
import type { ForceCheckpoint } from "../../train/forceCheckpoint.js";
import { fingerprint } from "../fingerprint.js";
import { type MeasureOptions, type MechanismRow, measureNetwork } from "./measureNetwork.js";
import { resolveMeasureOptions } from "./measureOptions.js";
import {
  type MechanismGrid,
  type MechanismGroup,
  mechanismGridDefaults,
  mechanismGroups,
} from "./mechanismGrid.js";
import { mechanismRowSchema } from "./mechanismRow.js";
import { networkOf, type TrainedGroup, taskOfGrid, trainGroup } from "./trainGroup.js";

/** What the mechanisms study is about: its networks, and how each one is tested. */
export interface MechanismStudyConfig {
  /** @defaultValue the full grid of the original study: 672 networks of 1000 units */
  readonly grid?: MechanismGrid;
  readonly tests?: MeasureOptions;
}

/** Where a study keeps what it has. What it gives back must be what it was given. */
export interface MechanismStudyStore {
  /** Rows of an earlier run: their networks are done. */
  rows(): readonly MechanismRow[];
  addRow(row: MechanismRow): void;
  /** `group` is a name fit for a file; it differs between configurations. */
  checkpoint(group: string): ForceCheckpoint | undefined;
  saveCheckpoint(group: string, checkpoint: ForceCheckpoint): void;
  trained(group: string): TrainedGroup | undefined;
  /** The group's checkpoint is not needed after this. */
  saveTrained(group: string, trained: TrainedGroup): void;
}

/** How far a study is. Units are trainings of one network; a measurement counts as one, too. */
export interface MechanismStudyProgress {
  readonly stage: "training" | "measuring";
  readonly group: string;
  readonly done: number;
  readonly total: number;
  /** Networks with a row. */
  readonly networks: number;
}

/** Options of {@link mechanismStudy}. */
export interface MechanismStudyOptions {
  /** @defaultValue memory, for this call only */
  readonly store?: MechanismStudyStore;
  /** A checkpoint after so many trials of a group; 0: none. @defaultValue `100` */
  readonly checkpointEvery?: number;
  /** `[i, n]`: only every n-th group, from the i-th on (i from 1): n processes share a study. @defaultValue `[1, 1]` */
  readonly shard?: readonly [number, number];
  readonly onRow?: (row: MechanismRow) => void;
  readonly onProgress?: (progress: MechanismStudyProgress) => void;
}

/**
 * The mechanisms study: trains working-memory networks of a grid, and measures of each one by which mechanism it
 * remembers, how it forgets, what noise and interruption do to it, and how it uses its attractors.
 *
 * Groups of networks that share a J are trained in lock-step (see `trainForce`), then measured one by one; each row
 * goes to the store when it is finished. Called again with the same store, it goes on where it was: at the last
 * checkpoint of a training, or at the first network without a row.
 *
 * @returns One row per network of the shard, in the order of the grid; rows of the store come back as they are.
 * Throws where the configuration is wrong; a network whose training fails has a row that says so.
 *
 * Cost, per network: training, see `trainForce` (measured in docs/mechanisms.md); measuring, see `measureNetwork`.
 *
 * Source: Ghazizadeh & Ching (2021), PLoS Comput Biol 17(9): e1009366; grid and tests from the authors' code.
 *
 * @example
 * ```ts
 * const grid = { units: 20, trials: 4, gains: [0.8], densities: [0.5], feedbackDivisors: [1], seeds: [0] };
 * const rows = mechanismStudy({ grid, tests: { quick: true } });
 * rows.map(({ id, mechanism }) => [id, mechanism]); // => [["gauss-s0-p0.5-g0.8-f1-i50", "unclassified"]]
 * ```
 */
export function mechanismStudy(
  config: MechanismStudyConfig = {},
  options: MechanismStudyOptions = {},
): MechanismRow[] {
  const where = "mechanismStudy";
  const { grid, groups: allGroups, tests, study, task } = resolveMechanismStudy(where, config);
  const { store, checkpointEvery, shard, onRow, onProgress } = resolveOptions(
    where,
    {
      store: undefined as MechanismStudyStore | undefined,
      checkpointEvery: 100,
      shard: [1, 1] as readonly [number, number],
      onRow: undefined as MechanismStudyOptions["onRow"],
      onProgress: undefined as MechanismStudyOptions["onProgress"],
    },
    options,
  );
  checkInteger(where, "checkpointEvery", checkpointEvery, 0);
  const groups = shardOf(where, allGroups, shard);
  // Rows and trained networks of another configuration are not ours to use.
  const rows = new Map(
    (store?.rows() ?? []).filter((row) => row.study === study).map((row) => [row.id, row]),
  );
  const nameOf = ({ id, networks }: MechanismGroup) =>
    `${id}.${fingerprint([task, networks.map((network) => network.id)])}`;
  const count = groups.reduce((sum, { networks }) => sum + networks.length, 0);
  let done = 0;
  let measured = 0;
  const progress = (stage: MechanismStudyProgress["stage"], group: string, extra = 0) =>
    onProgress?.({ stage, group, done: done + extra, total: 2 * count, networks: measured });

  for (const group of groups) {
    const size = group.networks.length;
    const missing = group.networks.filter(({ id }) => !rows.has(id));
    measured += size - missing.length;
    if (missing.length === 0) {
      done += 2 * size;
      continue;
    }
    const trained = store?.trained(nameOf(group)) ?? train(group);
    done += size + (size - missing.length);
    for (const parameters of missing) {
      progress("measuring", group.id);
      const at = group.networks.indexOf(parameters);
      const row = measureNetwork(
        {
          network: networkOf(parameters),
          trained: trained.networks[at],
          task: taskOfGrid(grid),
          taskSeed: parameters.seed,
        },
        { parameters, trained: trained.networks[at], kernel: trained.kernel, study },
        tests,
      );
      rows.set(row.id, row);
      store?.addRow(row);
      done++;
      measured++;
      onRow?.(row);
    }
    progress("measuring", group.id);
  }
  return groups.flatMap(({ networks }) => networks.map(({ id }) => rows.get(id)!));

  function train(group: MechanismGroup): TrainedGroup {
    const resume = store?.checkpoint(nameOf(group));
    const trained = trainGroup(group, grid, {
      ...(resume && { resume }),
      checkpointEvery: store ? checkpointEvery : 0,
      onCheckpoint: (checkpoint) => store?.saveCheckpoint(nameOf(group), checkpoint),
      onProgress: (trials, all) => progress("training", group.id, (group.networks.length * trials) / all),
    });
    store?.saveTrained(nameOf(group), trained);
    return trained;
  }
}

/** A configuration with every field set, and its groups; throws where it is wrong. O(networks). */
export function resolveMechanismStudy(where: string, config: MechanismStudyConfig) {
  const given = resolveOptions(where, { grid: {} as MechanismGrid, tests: {} as MeasureOptions }, config);
  const grid = resolveOptions(`${where}: grid`, mechanismGridDefaults, given.grid);
  const groups = mechanismGroups(`${where}: grid`, grid);
  spmSequence(taskOfGrid(grid), 0);
  const tests = resolveMeasureOptions(`${where}: tests`, given.tests);
  const { units, trials, encoding, stimuli } = grid;
  return {
    grid,
    groups,
    tests,
    /** Digest of all that decides a row. */
    study: fingerprint([mechanismRowSchema, { ...grid, batch: 0 }, tests]),
    /** Digest of what decides a training besides the parameters of its networks. */
    task: fingerprint([units, trials, encoding, stimuli]),
  };
}

function shardOf(
  where: string,
  groups: readonly MechanismGroup[],
  shard: readonly [number, number],
): readonly MechanismGroup[] {
  if (!Array.isArray(shard) || shard.length !== 2)
    fail(where, "shard must be [i, n], expected for example [1, 4]");
  const [i, n] = shard;
  checkInteger(where, "shard[1]", n, 1);
  checkInteger(where, "shard[0]", i, 1, n);
  return groups.filter((_, at) => at % n === i - 1);
}

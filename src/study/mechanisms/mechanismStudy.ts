import { resolveOptions } from "../../core/defaults.js";
import { spmSequence } from "../../tasks/spmSequence.js";
import type { ForceCheckpoint } from "../../train/forceCheckpoint.js";
import { fingerprint } from "../fingerprint.js";
import { runSweep, type SweepRunOptions } from "../runSweep.js";
import type { SweepHooks, SweepStudy } from "../sweepStudy.js";
import { type MeasureOptions, type MechanismRow, measureNetwork } from "./measureNetwork.js";
import { resolveMeasureOptions } from "./measureOptions.js";
import {
  type MechanismGrid,
  type MechanismGroup,
  type MechanismParameters,
  mechanismGridDefaults,
  mechanismGroups,
} from "./mechanismGrid.js";
import { mechanismRowSchema } from "./mechanismRow.js";
import { mechanismCells, parameterCells } from "./mechanismTable.js";
import { networkOf, type TrainedGroup, taskOfGrid, trainGroup } from "./trainGroup.js";

/** What the mechanisms study is about: its networks, and how each one is tested. */
export interface MechanismStudyConfig {
  /** @defaultValue the full grid of the original study: 672 networks of 1000 units */
  readonly grid?: MechanismGrid;
  readonly tests?: MeasureOptions;
}

/** Options of {@link mechanismStudy}. Progress counts a training as much as a measurement. */
export type MechanismStudyOptions = SweepRunOptions<MechanismRow>;

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
  return runSweep("mechanismStudy", mechanismSweep("mechanismStudy", config), options);
}

/**
 * The mechanisms study as a description: groups of networks that share a J, trained once (`GROUP.DIGEST.checkpoint` on
 * the way, `GROUP.DIGEST.trained` when done), then measured one by one. Throws where the configuration is wrong.
 */
export function mechanismSweep(
  where: string,
  config: MechanismStudyConfig,
): SweepStudy<MechanismParameters, MechanismRow> {
  const { grid, groups, tests, study, task } = resolveMechanismStudy(where, config);
  return {
    name: "mechanisms",
    version: mechanismRowSchema,
    study,
    groups,
    sharedWeight: 1,
    parts: ["parameters", "training", "success", "original", "activity", "spectra", "depth", "options"],
    cells: mechanismCells,
    entryCells: parameterCells,
    open(group, _, hooks) {
      const name = `${group.id}.${fingerprint([task, group.rows.map(({ id }) => id)])}`;
      const trained = hooks.load<TrainedGroup>(`${name}.trained`) ?? train(group, name, hooks);
      hooks.progress("measuring", 1);
      return (parameters) => {
        const at = group.rows.indexOf(parameters);
        return measureNetwork(
          {
            network: networkOf(parameters),
            trained: trained.networks[at],
            task: taskOfGrid(grid),
            taskSeed: parameters.seed,
          },
          { parameters, trained: trained.networks[at], kernel: trained.kernel, study },
          tests,
        );
      };
    },
  };

  function train(group: MechanismGroup, name: string, hooks: SweepHooks): TrainedGroup {
    const resume = hooks.load<ForceCheckpoint>(`${name}.checkpoint`);
    const trained = trainGroup(group, grid, {
      ...(resume && { resume }),
      checkpointEvery: hooks.checkpointEvery,
      onCheckpoint: (checkpoint) => hooks.save(`${name}.checkpoint`, checkpoint),
      onProgress: (trials, all) => hooks.progress("training", trials / all),
    });
    hooks.save(`${name}.trained`, trained);
    hooks.drop(`${name}.checkpoint`);
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

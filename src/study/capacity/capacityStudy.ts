import { eigen } from "../../numeric/eigen.js";
import { toDense } from "../../train/sparse.js";
import { runSweep, type SweepRunOptions } from "../runSweep.js";
import type { SweepGroup, SweepStudy } from "../sweepStudy.js";
import { type CapacityNetworkOfStudy, capacityGroups, pointName } from "./capacityGrid.js";
import { type CapacityRow, capacityRowSchema } from "./capacityRow.js";
import { nextRound } from "./capacitySearch.js";
import { capacityCells, networkCells } from "./capacityTable.js";
import { measureReservoir } from "./measureReservoir.js";
import { drawInput, drawRates, drawRecurrent, noiseOf } from "./reservoir.js";
import { runReservoirs } from "./runReservoirs.js";
import {
  type CapacityStudyConfig,
  type ResolvedCapacityStudy,
  resolveCapacityStudy,
} from "./studyOptions.js";

/** Options of {@link capacityStudy}. */
export type CapacityStudyOptions = SweepRunOptions<CapacityRow>;

/** Networks simulated at once. */
const together = 8;

/** Largest N whose spectrum is computed. */
const spectrumUpTo = 2000;

/**
 * The capacity study: how much of past items random recurrent networks hold, and which of their parameters decide it.
 *
 * Each network of the sweeps sees a stream of random items; decoders read the item of each lag from its states (see
 * `decodeItems`), with every seed at every point. Networks that share J are simulated in lock-step. A search for the best
 * setting comes last, if asked for. Each row goes to the store when it is finished; called again with the same store, the
 * study goes on where it was, and gives the same rows.
 *
 * @returns One row per network of the shard: seeds outermost, then the points in the order of the sweeps (those that share
 * J together), then the search. Throws where the configuration is wrong; a network whose states overflow has a row that
 * says so.
 *
 * Cost per network, N = 1000, 5000 items: measured in docs/capacity.md.
 *
 * Source: the question, Neuromatch project "The working memory capacity of RNN" (2024); what is known of it and what is
 * ours, docs/capacity.md.
 *
 * @example
 * ```ts
 * const rows = capacityStudy({
 *   stream: { items: 300, values: 4 },
 *   decoding: { decoders: { ridge: [0, 1] }, beyond: 0 },
 *   sweeps: [{ units: [10, 40] }],
 *   seeds: [0],
 * });
 * rows.map(({ point, outcome }) => [point.units, outcome]); // => [[10, "ok"], [40, "ok"]]
 * ```
 */
export function capacityStudy(
  config: CapacityStudyConfig = {},
  options: CapacityStudyOptions = {},
): CapacityRow[] {
  return runSweep("capacityStudy", capacitySweep("capacityStudy", config), options);
}

/**
 * The capacity study as a description: groups of networks that share J and the items, simulated in lock-step; the rounds
 * of the search depend on rows. Throws where the configuration is wrong.
 */
export function capacitySweep(
  where: string,
  config: CapacityStudyConfig,
): SweepStudy<CapacityNetworkOfStudy, CapacityRow> {
  const study = resolveCapacityStudy(where, config);
  const { search, centrePoint, seeds } = study;
  return {
    name: "capacity",
    version: capacityRowSchema,
    study: study.study,
    groups: study.groups,
    sharedWeight: 0,
    parts: ["point", "network", "decoders"],
    cells: capacityCells,
    entryCells: networkCells,
    open(group, missing, hooks) {
      const bench = prepareGroup(study, group);
      let networks: readonly CapacityNetworkOfStudy[] = [];
      let measure: ReturnType<typeof bench>;
      return (entry) => {
        if (!networks.includes(entry)) {
          hooks.progress("simulating", 1);
          const from = missing.indexOf(entry);
          const next = missing.slice(from, from + together);
          measure = bench(next);
          networks = next;
        }
        hooks.progress("decoding", 1);
        return measure(networks.indexOf(entry));
      };
    },
    ...(search && {
      next(round, rowOf) {
        // A network whose row failed counts as one that holds nothing.
        const capacityOf: Parameters<typeof nextRound>[4] = (point, seed) =>
          rowOf(`${pointName(point)}-s${seed}`)?.capacity ?? 0;
        const next = nextRound(search, centrePoint, seeds, round, capacityOf);
        return next && capacityGroups(next.points, next.seeds);
      },
    }),
  };
}

/** What a group shares; returns a function that simulates some of its networks, and then measures them one by one. */
function prepareGroup(
  study: ResolvedCapacityStudy,
  { rows: [{ point, seed }] }: SweepGroup<CapacityNetworkOfStudy>,
) {
  const { units, density } = point;
  const { centre, decoding } = study;
  const recurrent = drawRecurrent(units, density, seed);
  const stream = study.streamOf(seed);
  const initialRates = drawRates(units, seed);
  const spectrum = units <= spectrumUpTo ? spectrumOf(units, toDense(recurrent)) : null;
  return (networks: readonly CapacityNetworkOfStudy[]) => {
    const inputs = networks.map(({ point }) =>
      drawInput(units, stream.inputDimension, point.inputDensity, seed),
    );
    const { states, kernel } = runReservoirs(
      {
        variant: centre.variant,
        tau: centre.tau,
        dt: centre.dt,
        recurrent,
        stream,
        sample: decoding.unit === "items" ? "item-end" : "every-step",
      },
      networks.map(({ point }, k) => ({
        gain: point.gain,
        inputGain: point.inputGain,
        input: inputs[k],
        initialRates,
        noise: point.noise,
        random: noiseOf(seed),
      })),
    );
    return (k: number): CapacityRow =>
      measureReservoir(
        { network: networks[k], study: study.study, kernel, spectrum, input: inputs[k] },
        states[k],
        stream,
        decoding,
      );
  };
}

/** Largest modulus and real part of the eigenvalues; null where they are not to be had. O(n^3). */
function spectrumOf(n: number, matrix: Float64Array): { radius: number; abscissa: number } | null {
  const { real, imaginary } = eigen(n, matrix, "none");
  let radius = 0;
  let abscissa = -Infinity;
  for (let i = 0; i < n; i++) {
    radius = Math.max(radius, Math.hypot(real[i], imaginary[i]));
    abscissa = Math.max(abscissa, real[i]);
  }
  return Number.isFinite(radius) && Number.isFinite(abscissa) ? { radius, abscissa } : null;
}

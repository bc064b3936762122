import { checkInteger, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import { eigen } from "../../numeric/eigen.js";
import { toDense } from "../../train/sparse.js";
import {
  type CapacityGroup,
  type CapacityNetworkOfStudy,
  capacityGroups,
  pointName,
} from "./capacityGrid.js";
import type { CapacityRow } from "./capacityRow.js";
import { nextRound } from "./capacitySearch.js";
import { measureReservoir } from "./measureReservoir.js";
import { drawInput, drawRates, drawRecurrent, noiseOf } from "./reservoir.js";
import { runReservoirs } from "./runReservoirs.js";
import {
  type CapacityStudyConfig,
  type ResolvedCapacityStudy,
  resolveCapacityStudy,
} from "./studyOptions.js";

/** Where a capacity study keeps what it has. What it gives back must be what it was given. */
export interface CapacityStudyStore {
  /** Rows of an earlier run: their networks are done. */
  rows(): readonly CapacityRow[];
  addRow(row: CapacityRow): void;
}

/** How far a study is. */
export interface CapacityStudyProgress {
  readonly stage: "simulating" | "decoding";
  readonly group: string;
  /** Networks with a row, of all (those of the search are added when its rounds begin). */
  readonly done: number;
  readonly total: number;
}

/** Options of {@link capacityStudy}. */
export interface CapacityStudyOptions {
  /** @defaultValue memory, for this call only */
  readonly store?: CapacityStudyStore;
  /**
   * `[i, n]`: only every n-th group of the sweeps, from the i-th on (i from 1): n processes share a study. The search is
   * made by the first. @defaultValue `[1, 1]`
   */
  readonly shard?: readonly [number, number];
  readonly onRow?: (row: CapacityRow) => void;
  readonly onProgress?: (progress: CapacityStudyProgress) => void;
}

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
  const where = "capacityStudy";
  const study = resolveCapacityStudy(where, config);
  const { store, shard, onRow, onProgress } = resolveOptions(
    where,
    {
      store: undefined as CapacityStudyStore | undefined,
      shard: [1, 1] as readonly [number, number],
      onRow: undefined as CapacityStudyOptions["onRow"],
      onProgress: undefined as CapacityStudyOptions["onProgress"],
    },
    options,
  );
  for (const [name, call] of Object.entries({ onRow, onProgress, "store.rows": store?.rows }))
    if (call != null ? typeof call !== "function" : name === "store.rows" && store != null)
      fail(where, `${name} is ${describe(call)}, expected a function`);
  if (!Array.isArray(shard) || shard.length !== 2)
    fail(where, "shard must be [i, n], expected for example [1, 4]");
  checkInteger(where, "shard[1]", shard[1], 1);
  checkInteger(where, "shard[0]", shard[0], 1, shard[1]);
  const rows = new Map(
    (store?.rows() ?? []).filter((row) => row.study === study.study).map((row) => [row.id, row]),
  );
  const asked = new Set<string>();

  const runGroups = (groups: readonly CapacityGroup[]) => {
    for (const { networks } of groups) for (const { id } of networks) asked.add(id);
    for (const group of groups) runGroup(group);
  };

  const runGroup = (group: CapacityGroup) => {
    const missing = group.networks.filter(({ id }) => !rows.has(id));
    if (missing.length === 0) return;
    const progress = (stage: CapacityStudyProgress["stage"]) => {
      let done = 0;
      for (const id of asked) if (rows.has(id)) done++;
      onProgress?.({ stage, group: group.id, done, total: asked.size });
    };
    const bench = prepareGroup(study, group);
    for (let from = 0; from < missing.length; from += together) {
      const networks = missing.slice(from, from + together);
      progress("simulating");
      const measure = bench(networks);
      for (let k = 0; k < networks.length; k++) {
        progress("decoding");
        const row = measure(k);
        rows.set(row.id, row);
        store?.addRow(row);
        onRow?.(row);
      }
    }
    progress("decoding");
  };

  runGroups(study.groups.filter((_, at) => at % shard[1] === shard[0] - 1));
  if (study.search && shard[0] === 1) {
    const capacityOf: Parameters<typeof nextRound>[4] = (point, seed) =>
      rows.get(`${pointName(point)}-s${seed}`)!.capacity;
    for (let round = 0; ; round++) {
      const next = nextRound(study.search, study.centrePoint, study.seeds, round, capacityOf);
      if (next === null) break;
      runGroups(capacityGroups(next.points, next.seeds));
    }
  }
  return [...asked].map((id) => rows.get(id)!);
}

/** What a group shares; returns a function that simulates some of its networks, and then measures them one by one. */
function prepareGroup(study: ResolvedCapacityStudy, { units, density, seed }: CapacityGroup) {
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

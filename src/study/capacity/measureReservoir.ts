import type { Matrix } from "../../core/system.js";
import type { ItemStream } from "../../tasks/itemStream.js";
import type { CapacityNetworkOfStudy } from "./capacityGrid.js";
import { type CapacityLag, type CapacityRow, capacityRowSchema } from "./capacityRow.js";
import { decodeWith, type LagDecoding } from "./decodeItems.js";
import { largestState } from "./recording.js";
import type { ResolvedDecoding } from "./studyOptions.js";

/** Known of a network besides its states. */
export interface ReservoirFacts {
  readonly network: CapacityNetworkOfStudy;
  readonly study: string;
  readonly kernel: string;
  /** Eigenvalues of J / g; null: not computed. */
  readonly spectrum: { readonly radius: number; readonly abscissa: number } | null;
  /** J_in / gIn, one row of N per channel. */
  readonly input: Matrix;
}

/** The row of one network from its sampled states. Cost: that of its decoders. */
export function measureReservoir(
  facts: ReservoirFacts,
  states: Matrix,
  stream: ItemStream,
  decoding: ResolvedDecoding,
): CapacityRow {
  const { network, study, kernel, spectrum, input } = facts;
  const { point, seed } = network;
  const { units } = point;
  const labels = labelsOf(states.length / units, stream, decoding.unit);
  const finite = states.every((x) => Math.abs(x) <= largestState);
  const common = {
    schema: capacityRowSchema,
    id: network.id,
    study,
    point,
    seed,
    kernel,
  } as const;
  const wiring = {
    spectralRadius: spectrum && spectrum.radius * point.gain,
    abscissa: spectrum && spectrum.abscissa * point.gain,
    ...coverage(input, units, point.inputGain),
  };
  const rms = Math.sqrt(states.reduce((sum, x) => sum + x * x, 0) / states.length);
  const nothing = (outcome: "not-finite" | "silent", constantUnits: number): CapacityRow => ({
    ...common,
    outcome,
    capacity: 0,
    network: {
      ...wiring,
      rms: Number.isFinite(rms) ? rms : null,
      participationRatio: null,
      constantUnits,
      singularGram: false,
    },
    decoders: [],
    baselines: null,
  });
  if (!finite) return nothing("not-finite", 0);
  const reports = decodeWith(
    "capacityStudy",
    states,
    labels,
    units,
    { ...decoding.options, values: stream.options.values, seed },
    decoding.decoders,
    decoding.unit === "items" ? 1 : stream.shown,
  );
  const { features, baselines } = reports[0];
  if (features.constant === units) return nothing("silent", units);
  return {
    ...common,
    outcome: "ok",
    capacity: reports[0].lags.find(({ lag }) => lag === decoding.lag)!.correlation,
    network: {
      ...wiring,
      rms,
      participationRatio: features.participationRatio,
      constantUnits: features.constant,
      singularGram: features.singular,
    },
    decoders: reports.map(({ options, lags, totalDetermination, totalInformation }) => ({
      decoder: options.decoder,
      totalDetermination,
      totalInformation,
      lags: lags.map(brief),
    })),
    baselines,
  };
}

/** The item at each sample. */
function labelsOf(samples: number, { items, shown }: ItemStream, unit: "items" | "steps"): Int32Array {
  return unit === "items"
    ? items
    : Int32Array.from({ length: samples }, (_, t) => items[Math.floor(t / shown)]);
}

/** Channels that reach no unit, and units that no channel reaches. */
function coverage(input: Matrix, units: number, inputGain: number) {
  const channels = input.length / units;
  const reaches = (c: number, i: number) => inputGain * input[c * units + i] !== 0;
  let deadChannels = 0;
  const reached = new Uint8Array(units);
  for (let c = 0; c < channels; c++) {
    let alive = false;
    for (let i = 0; i < units; i++)
      if (reaches(c, i)) {
        alive = true;
        reached[i] = 1;
      }
    if (!alive) deadChannels++;
  }
  return { deadChannels, unitsWithoutInput: units - reached.reduce((sum, r) => sum + r, 0) };
}

/** Without the curve: its end only. */
function brief({ training, penalties: _, ...scores }: LagDecoding): CapacityLag {
  if (!training) return scores;
  const { curve, ...rest } = training;
  const best = curve[rest.bestEpoch - 1];
  return {
    ...scores,
    training: { ...rest, trainingLoss: best?.training ?? null, validationLoss: best?.validation ?? null },
  };
}

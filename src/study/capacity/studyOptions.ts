import { checkInteger, checkOneOf, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { ItemStreamOptions } from "../../tasks/itemStream.js";
import { itemStream } from "../../tasks/itemStream.js";
import { fingerprint } from "../fingerprint.js";
import {
  type CapacityNetwork,
  type CapacitySweep,
  capacityGroups,
  capacityPoints,
  checkSeeds,
  pointOf,
  resolveNetwork,
  sweepDefaults,
} from "./capacityGrid.js";
import { capacityRowSchema } from "./capacityRow.js";
import { type CapacitySearch, resolveSearch } from "./capacitySearch.js";
import {
  type DecoderName,
  type DecodingOptions,
  decodingDefaults,
  mostValues,
  resolveDecoding,
} from "./decodeItems.js";
import { checkRecording } from "./recording.js";
import { gapOf, splitSamples } from "./split.js";

/** How the study decodes. */
export interface CapacityDecoding
  extends Omit<DecodingOptions, "decoder" | "lags" | "values" | "seed" | "beyond"> {
  /** X, of the capacity in each row. @defaultValue `1` */
  readonly lag?: number;
  /** What lags count. "steps": states are sampled, and decoded, at every step that shows an item. @defaultValue `"items"` */
  readonly unit?: "items" | "steps";
  /** Lags of each decoder; the first one named gives the capacity. @defaultValue neural 1, 2, 5; ridge 0 to 11 */
  readonly decoders?: Readonly<Partial<Record<DecoderName, readonly number[]>>>;
  /** A lag beyond memory, for the baseline; 0: none. @defaultValue `100` */
  readonly beyond?: number;
}

/** What the capacity study is about. */
export interface CapacityStudyConfig {
  /** The centre: what a sweep does not vary. */
  readonly network?: CapacityNetwork;
  /** The items; `dt` is the network's, `values` the number of channels. */
  readonly stream?: Omit<ItemStreamOptions, "dt">;
  readonly decoding?: CapacityDecoding;
  /** @defaultValue the published grids of gIn and N, ours for g, sp, spIn, N x gIn and g x noise */
  readonly sweeps?: readonly CapacitySweep[];
  /** Of weights, items and decoders; the same for all points. @defaultValue `[0, 1, ..., 9]` */
  readonly seeds?: readonly number[];
  /** A search for the best setting, after the sweeps; null: none. @defaultValue `null` */
  readonly search?: CapacitySearch | null;
}

/** {@link CapacityDecoding} with every field set. */
export interface ResolvedDecoding {
  readonly lag: number;
  readonly unit: "items" | "steps";
  readonly decoders: readonly { readonly name: DecoderName; readonly lags: readonly number[] }[];
  readonly options: Required<DecodingOptions>;
}

const names: readonly DecoderName[] = ["neural", "softmax", "ridge"];

/** A configuration with every field set, its points and groups; throws where it is wrong. */
export function resolveCapacityStudy(where: string, config: CapacityStudyConfig) {
  const given = resolveOptions(
    where,
    {
      network: {} as CapacityNetwork,
      stream: {} as Omit<ItemStreamOptions, "dt">,
      decoding: {} as CapacityDecoding,
      sweeps: sweepDefaults,
      seeds: Array.from({ length: 10 }, (_, i) => i) as readonly number[],
      search: null as CapacitySearch | null,
    },
    config,
  );
  const centre = resolveNetwork(`${where}: network`, given.network);
  if (typeof given.stream !== "object" || given.stream === null || Array.isArray(given.stream))
    fail(`${where}: stream`, "options must be an object");
  if ("dt" in given.stream) fail(`${where}: stream`, "dt is that of the network, expected it in network");
  const streamOf = (seed: number) => itemStream({ ...given.stream, dt: centre.dt }, seed);
  const stream = rename("itemStream", `${where}: stream`, () => streamOf(0));
  const decoding = resolveStudyDecoding(`${where}: decoding`, given.decoding);
  const perItem = decoding.unit === "items" ? 1 : stream.shown;
  const samples = stream.options.items * perItem;
  const longest = Math.max(decoding.options.beyond, ...decoding.decoders.flatMap(({ lags }) => lags));
  if (longest >= samples)
    fail(
      `${where}: decoding`,
      `a lag is ${longest} ${decoding.unit}, expected less than the ${samples} of the stream`,
    );
  splitSamples(where, samples, decoding.options.split, gapOf(longest, perItem));
  if (stream.options.values > mostValues)
    fail(`${where}: stream`, `values is ${stream.options.values}, expected at most ${mostValues}`);
  checkSeeds(where, given.seeds);
  const points = capacityPoints(where, pointOf(centre), given.sweeps);
  const search = given.search === null ? null : resolveSearch(`${where}: search`, given.search);
  const units = [...points.map((point) => point.units), search?.over.units?.[1] ?? centre.units];
  for (const most of units) checkRecording(where, samples, most);
  if (points.length === 0 && search === null)
    fail(where, "has neither sweeps nor a search, expected one of them");
  return {
    centre,
    centrePoint: pointOf(centre),
    streamOf,
    decoding,
    sweeps: given.sweeps,
    seeds: given.seeds,
    points,
    search,
    groups: capacityGroups(points, given.seeds),
    /** Digest of all that decides a row, besides its point and its seed. */
    study: fingerprint([
      capacityRowSchema,
      [centre.variant, centre.tau, centre.dt],
      stream.options,
      decoding,
    ]),
  };
}

export type ResolvedCapacityStudy = ReturnType<typeof resolveCapacityStudy>;

function resolveStudyDecoding(where: string, given: CapacityDecoding): ResolvedDecoding {
  const { decoder: _, lags: __, values: ___, seed: ____, ...options } = decodingDefaults;
  const { lag, unit, decoders, ...rest } = resolveOptions(
    where,
    {
      ...options,
      beyond: 100,
      inputNoise: [0.5, 1] as readonly number[],
      lag: 1,
      unit: "items" as "items" | "steps",
      decoders: { neural: [1, 2, 5], ridge: Array.from({ length: 12 }, (_, i) => i) } as NonNullable<
        CapacityDecoding["decoders"]
      >,
    },
    given,
  );
  checkInteger(where, "lag", lag, 0, 2 ** 30);
  checkOneOf(where, "unit", unit, ["items", "steps"]);
  if (typeof decoders !== "object" || decoders === null || Array.isArray(decoders))
    fail(where, `decoders is ${describe(decoders)}, expected for example { "neural": [1] }`);
  const entries = Object.entries(decoders) as [DecoderName, readonly number[]][];
  if (entries.length === 0) fail(where, "decoders is empty, expected a decoder and its lags");
  let resolved: Required<DecodingOptions> | undefined;
  for (const [name, lags] of entries) {
    checkOneOf(where, "decoders", name, names);
    resolved = resolveDecoding(where, { ...rest, decoder: name, lags });
  }
  const [first, lags] = entries[0];
  if (!lags.includes(lag))
    fail(where, `lag is ${lag}, expected one of the lags of ${first}, the first decoder: ${lags.join(", ")}`);
  return {
    lag,
    unit,
    decoders: entries.map(([name, own]) => ({ name, lags: own })),
    options: resolved!,
  };
}

/** Names the part of a configuration in an error of the function it goes to. */
function rename<T>(from: string, to: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    fail(to, (error as Error).message.replace(`${from}: `, ""));
  }
}

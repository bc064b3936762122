/** Seeded descriptions of every kind and variant of cell, for the tests of this folder. */
import { activationNames } from "../../src/cells/activation.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type {
  ActivationName,
  CellSpec,
  GruSpec,
  LowRankSpec,
  RateSpec,
  VanillaSpec,
} from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";

/** Normal numbers from a seed. */
export function normals(length: number, seed: number, scale = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => scale * random.normal());
}

/** Positive numbers around 1. */
export function times(length: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => 0.5 + random.uniform());
}

const shape = { units: 5, inputs: 3, outputs: 2, gain: 1.4 };

/** Smooth enough for differences: elu has a jump in its second derivative. */
const smooth: ReadonlySet<ActivationName> = new Set<ActivationName>([
  "tanh",
  "sigmoid",
  "softplus",
  "linear",
  "gelu",
  "erf",
]);

export interface Variant {
  readonly name: string;
  readonly spec: CellSpec;
  readonly kinks: boolean;
}

function variant(name: string, spec: CellSpec, kinks = false): Variant {
  return { name, spec, kinks };
}

export function vanilla(activation: ActivationName, extra: Partial<VanillaSpec> = {}): VanillaSpec {
  return { ...randomSpec("vanilla", { ...shape, activation }, 11), bias: normals(5, 12), ...extra };
}

export function rate(extra: Partial<RateSpec> = {}, feedback = false): RateSpec {
  const time = extra.time ?? "continuous";
  const state = extra.state ?? "current";
  const { alpha: _, ...spec } = randomSpec("rate", { ...shape, time, state, feedback }, 13);
  return { ...spec, bias: normals(5, 14), ...extra };
}

export function gru(extra: Partial<GruSpec> = {}): GruSpec {
  return { ...randomSpec("gru", { ...shape, gain: 3 }, 15), ...extra };
}

export function lowRank(rank: number, extra: Partial<LowRankSpec> = {}): LowRankSpec {
  const time = extra.time ?? "continuous";
  const options = { units: 9, inputs: 2, outputs: 2, gain: 2, rank, time };
  const { alpha: _, ...spec } = randomSpec("low-rank", options, 16 + rank);
  return { ...spec, bias: normals(9, 17), ...extra };
}

const lstm = randomSpec("lstm", { ...shape, gain: 3 }, 18);
const plrnn = randomSpec("plrnn", { ...shape, gain: 0.7 }, 19);
const stackOf = (layers: readonly ("vanilla" | "gru" | "lstm" | "plrnn")[]) =>
  randomSpec("stacked", { ...shape, units: 3, gain: 2, layers }, 20);

/** Every kind and variant. */
export const variants: readonly Variant[] = [
  ...activationNames.map((name) => variant(`vanilla ${name}`, vanilla(name), !smooth.has(name))),
  variant("vanilla without input or bias", { kind: "vanilla", activation: "tanh", recurrent: [[1.5]] }),
  variant("vanilla with feedback", {
    ...randomSpec("vanilla", { ...shape, feedback: true }, 21),
    bias: normals(5, 22),
  }),
  ...(["current", "rate"] as const).flatMap((state) =>
    (["continuous", "discrete"] as const).flatMap((time) => [
      variant(`rate ${state} ${time}`, rate({ state, time })),
      variant(`rate ${state} ${time} with scalar tau`, rate({ state, time, tau: 0.4 })),
      variant(`rate ${state} ${time} with a tau per unit`, rate({ state, time, tau: times(5, 23) })),
      variant(`rate ${state} ${time} with scale`, rate({ state, time, scale: 0.3 })),
      variant(`rate ${state} ${time} with feedback`, rate({ state, time, scale: 0.5 }, true)),
      ...activationNames
        .filter((activation) => activation !== "tanh")
        .map((activation) =>
          variant(
            `rate ${state} ${time} ${activation}`,
            rate({ state, time, activation }),
            !smooth.has(activation),
          ),
        ),
    ]),
  ),
  ...(["current", "rate"] as const).flatMap((state) => [
    variant(
      `rate ${state} with dt and a tau per unit`,
      rate({ state, time: "discrete", tau: times(5, 24), dt: 0.1 }),
    ),
    variant(`rate ${state} with alpha 0.2`, rate({ state, time: "discrete", alpha: 0.2 })),
    variant(`rate ${state} with alpha 1.5`, rate({ state, time: "discrete", alpha: 1.5 })),
    variant(`rate ${state} with an alpha per unit`, rate({ state, time: "discrete", alpha: times(5, 25) })),
  ]),
  ...(["continuous", "discrete"] as const).map((time) => {
    const spec = rate({ time, tau: 2, ...(time === "discrete" && { dt: 0.5 }) }, true);
    return variant(`rate current ${time} with feedback of the current`, {
      ...spec,
      readout: { ...spec.readout!, of: "state" as const },
    });
  }),
  variant("gru, reset after", gru()),
  variant("gru, reset before", gru({ resetAfter: false })),
  variant("gru without input", { kind: "gru", recurrent: normals(3 * 16, 26), resetAfter: false }),
  variant("lstm", lstm),
  variant("lstm without input or bias", { kind: "lstm", recurrent: normals(4 * 9, 27) }),
  variant("plrnn", plrnn, true),
  ...[1, 2, 3].flatMap((rank) => [
    variant(`low-rank ${rank} continuous`, lowRank(rank, { tau: 0.7 })),
    variant(`low-rank ${rank} discrete`, lowRank(rank, { time: "discrete", alpha: 0.3 })),
  ]),
  variant("low-rank with a growing diagonal", lowRank(3, { time: "discrete", diagonal: [0.9, -0.4, 1.1] })),
  variant("low-rank with a contracting diagonal", lowRank(2, { time: "discrete", diagonal: [0.9, -0.4] })),
  variant("low-rank relu", lowRank(2, { activation: "relu" }), true),
  variant("low-rank retanh", lowRank(2, { activation: "retanh" }), true),
  variant("one layer", stackOf(["gru"])),
  variant("gru on gru", stackOf(["gru", "gru"])),
  variant("gru on lstm", stackOf(["lstm", "gru"])),
  variant("lstm on gru on vanilla", stackOf(["vanilla", "gru", "lstm"])),
  variant("gru on plrnn", stackOf(["plrnn", "gru"]), true),
  variant("a stack in a stack", {
    kind: "stacked",
    layers: [stackOf(["lstm", "gru"]), rateLayer()],
  }),
];

/** A rate layer that fits on three units. */
function rateLayer(): RateSpec {
  const { input: _, readout: __, ...spec } = rate({ time: "discrete", state: "rate", alpha: 0.4 });
  return { ...spec, input: normals(15, 28) };
}

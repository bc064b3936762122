import { type CellSpec, createRandom } from "rnn-dynamics";
import bistable from "../bistable.json?url";
import gru from "../flipflop/ff3_gru16.safetensors?url";
import lstm from "../flipflop/ff3_lstm16.safetensors?url";
import tanh from "../flipflop/ff3_tanh16.safetensors?url";
import integrator from "../flipflop/integ_tanh64_static.safetensors?url";

/** A network to begin with: a file beside this page, or a description. */
export type Example = {
  readonly id: string;
  readonly name: string;
  /** What to try, in a sentence. */
  readonly hint: string;
} & ({ readonly url: string } | { readonly spec: CellSpec });

/** The networks on offer, the first one is shown first. */
export const examples: readonly Example[] = [
  {
    id: "two-units",
    name: "Two units that compete (phase plane)",
    hint: "Raise one input: attractors meet saddles and vanish, until one attractor is left.",
    spec: {
      kind: "rate",
      time: "continuous",
      activation: "tanh",
      recurrent: [
        [2, -0.6],
        [-0.6, 2],
      ],
      input: [
        [1, 0],
        [0, 1],
      ],
    },
  },
  {
    id: "oscillator",
    name: "Two units that oscillate (phase plane)",
    hint: "Raise the input: the limit cycle shrinks and a stable point is left. Click to start trajectories.",
    spec: {
      kind: "rate",
      time: "continuous",
      activation: "tanh",
      recurrent: [
        [2, -2],
        [2, 2],
      ],
      input: [[1], [0]],
    },
  },
  {
    id: "low-rank",
    name: "Low rank: 100 units, two patterns (phase plane)",
    hint: "A hundred units move in a plane. Each input pushes along one pattern.",
    spec: lowRank(100),
  },
  {
    id: "bistable",
    name: "Low rank: four units, one pattern",
    hint: "No input: click to see which start ends where.",
    url: bistable,
  },
  {
    id: "three-bits",
    name: "64 units that hold three bits",
    hint: "Each input pushes one bit: points vanish in pairs, all with the same sign of that bit.",
    spec: threeBits(64),
  },
  {
    id: "flipflop-gru",
    name: "3-bit flip-flop, trained GRU, 16 units",
    hint: "An input pulse sets one bit: hold it, and only attractors with that bit are left.",
    url: gru,
  },
  {
    id: "flipflop-tanh",
    name: "3-bit flip-flop, trained tanh network, 16 units",
    hint: "An input pulse sets one bit: hold it, and only attractors with that bit are left.",
    url: tanh,
  },
  {
    id: "flipflop-lstm",
    name: "3-bit flip-flop, trained LSTM, 16 units",
    hint: "The state holds h and c of 16 units: 32 variables.",
    url: lstm,
  },
  {
    id: "integrator",
    name: "Integrator, trained tanh network, 64 units",
    hint: "Points lie on a slow curve; any input sweeps them away.",
    url: integrator,
  },
];

/** Rows of random signs, orthogonal to each other as nearly as chance has it. */
function patterns(count: number, units: number): number[][] {
  const random = createRandom(7);
  return Array.from({ length: count }, () =>
    Array.from({ length: units }, () => (random.uniform() < 0.5 ? -1 : 1)),
  );
}

/** Three patterns that hold themselves on a random background; each input drives one of them. */
function threeBits(units: number): CellSpec {
  const kept = patterns(3, units);
  const random = createRandom(1);
  return {
    kind: "vanilla",
    activation: "tanh",
    recurrent: Array.from({ length: units }, (_, i) =>
      Array.from(
        { length: units },
        (_, j) =>
          (0.3 * random.normal()) / Math.sqrt(units) +
          kept.reduce((sum, p) => sum + (1.6 * p[i] * p[j]) / units, 0),
      ),
    ),
    input: Array.from({ length: units }, (_, i) => kept.map((p) => 0.3 * p[i])),
  };
}

/** Two patterns, 1/N: solved in two dimensions. */
function lowRank(units: number): CellSpec {
  const kept = patterns(2, units);
  const columns = Array.from({ length: units }, (_, i) => kept.map((p) => p[i]));
  return {
    kind: "low-rank",
    time: "continuous",
    activation: "tanh",
    scale: 2 / units,
    left: columns,
    right: columns,
    input: columns.map((row) => row.map((v) => 0.5 * v)),
  };
}

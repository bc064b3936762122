import { activation } from "../../cells/activation.js";
import type { ActivationName, CellSpec } from "../../cells/spec.js";
import type { Matrix, Vector } from "../../core/system.js";
import type { Algebra } from "../algebra.js";
import { advance, dimensionOf, timeOf } from "../equation.js";
import type { RegionsProof } from "../proofFormat.js";
import { liesIn } from "./liesIn.js";
import { type Plain, plainAlgebra, plainVariable } from "./plainAlgebra.js";
import { plainActivation } from "./plainFunctions.js";
import { above, below, minus, type Pair, plus, times } from "./plainInterval.js";
import { middle, plainInverse, plainNorm, preconditioned } from "./plainSystem.js";

/** `phi(a) = slope a + offset` for a in [from, to]. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly slope: Pair;
  readonly offset: Pair;
}

/** Piecewise-linear activations: the slopes of their pieces from the left. */
const slopes: Partial<Record<ActivationName, readonly Pair[]>> = {
  linear: [[1, 1]],
  relu: [
    [0, 0],
    [1, 1],
  ],
  "leaky-relu": [
    [0.01, 0.01],
    [1, 1],
  ],
  "clipped-relu": [
    [0, 0],
    [1, 1],
    [0, 0],
  ],
  "hard-tanh": [
    [0, 0],
    [1, 1],
    [0, 0],
  ],
  "hard-sigmoid": [
    [0, 0],
    [0.16666666666666663, 0.1666666666666667],
    [0, 0],
  ],
};

/** Checks the verdict of every linear region; what is wrong with the first that fails. */
export function checkRegions(spec: CellSpec, input: Vector, proof: RegionsProof): string | undefined {
  const slots = slotsOf(spec, input, proof.period);
  if (!slots) return "the network is not piecewise linear";
  if (slots.length !== proof.pieces.length || slots.some((pieces, i) => pieces.length !== proof.pieces[i]))
    return "its pieces are not those of the network";
  const count = slots.reduce((product, pieces) => product * pieces.length, 1);
  if (proof.verdicts.length !== count)
    return `it has ${proof.verdicts.length} verdicts, the network ${count} regions`;
  const digits = new Int32Array(slots.length);
  for (let region = 0; region < count; region++) {
    const wrong = checkRegion(
      spec,
      input,
      proof,
      slots.map((pieces, i) => pieces[digits[i]]),
      proof.verdicts[region],
    );
    if (wrong) return `region ${region}: ${wrong}`;
    for (let i = 0; i < digits.length && ++digits[i] === slots[i].length; i++) digits[i] = 0;
  }
  return undefined;
}

function checkRegion(
  spec: CellSpec,
  input: Vector,
  proof: RegionsProof,
  chosen: readonly Piece[],
  verdict: number,
): string | undefined {
  if (verdict === -2 || verdict >= 0) return "it is not decided";
  const { system, args } = linearSystem(spec, input, proof.period, chosen);
  const solution = solve(system);
  if (!solution) return "its equation may be singular";
  if (verdict !== -1) {
    const ball = proof.balls[-3 - verdict];
    return ball && liesIn(solution, ball) ? undefined : "its solution may lie outside its ball";
  }
  const d = solution.lower.length;
  for (const [i, { from, to }] of chosen.entries()) {
    const arg = args[i];
    let value: Pair = arg.at;
    for (let j = 0; j < d; j++)
      value = plus(value, times([arg.lower[j], arg.upper[j]], [solution.lower[j], solution.upper[j]]));
    if (value[0] > to || value[1] < from) return undefined;
  }
  return "its solution may lie within it";
}

interface Linear {
  readonly d: number;
  /** M and v of G(x) = M x + v. */
  readonly matrix: { readonly lower: Matrix; readonly upper: Matrix };
  readonly constant: { readonly lower: Vector; readonly upper: Vector };
}

/** An argument of an activation: its value at x = 0 and its row of derivatives. */
interface Argument {
  readonly at: Pair;
  readonly lower: Vector;
  readonly upper: Vector;
}

/** The equation with one piece of every activation; the value at x = 0 is the constant term. */
function linearSystem(spec: CellSpec, input: Vector, period: number, chosen: readonly Piece[]) {
  const d = dimensionOf(spec);
  const plain = plainAlgebra(d);
  const args: Argument[] = [];
  const algebra: Algebra<Plain> = {
    ...plain,
    activate(_name, a) {
      const rows = a.lower.length;
      const out = {
        lower: new Float64Array(rows),
        upper: new Float64Array(rows),
        by: { lower: new Float64Array(rows * d), upper: new Float64Array(rows * d) },
      };
      for (let i = 0; i < rows; i++) {
        const { slope, offset } = chosen[args.length];
        const at: Pair = [a.lower[i], a.upper[i]];
        args.push({
          at,
          lower: a.by ? a.by.lower.slice(i * d, (i + 1) * d) : new Float64Array(d),
          upper: a.by ? a.by.upper.slice(i * d, (i + 1) * d) : new Float64Array(d),
        });
        const value = plus(times(slope, at), offset);
        out.lower[i] = value[0];
        out.upper[i] = value[1];
        for (let p = i * d; a.by && p < (i + 1) * d; p++)
          [out.by.lower[p], out.by.upper[p]] = times(slope, [a.by.lower[p], a.by.upper[p]]);
      }
      return out;
    },
  };
  const u: Plain = { lower: input, upper: input };
  let x = plainVariable(new Float64Array(d), new Float64Array(d));
  for (let k = 0; k < period; k++) x = advance(spec, algebra, x, u);
  const lower = x.by ? x.by.lower.slice() : new Float64Array(d * d);
  const upper = x.by ? x.by.upper.slice() : new Float64Array(d * d);
  if (timeOf(spec) === "discrete")
    for (let i = 0; i < d; i++) {
      lower[i * d + i] = below(lower[i * d + i] - 1);
      upper[i * d + i] = above(upper[i * d + i] - 1);
    }
  const system: Linear = { d, matrix: { lower, upper }, constant: { lower: x.lower, upper: x.upper } };
  return { system, args };
}

/** A box that holds the solution of `M x + v = 0`; undefined where M may be singular. */
function solve({ d, matrix, constant }: Linear): { lower: Vector; upper: Vector } | undefined {
  const inverse = plainInverse(d, middle(matrix));
  if (!inverse) return undefined;
  const q = plainNorm(d, preconditioned(d, inverse, matrix), 1);
  if (!(q < 0.5)) return undefined;
  const guess = new Float64Array(d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++)
      guess[i] -= (inverse[i * d + j] * (constant.lower[j] + constant.upper[j])) / 2;
  // |x - guess| <= |C (M guess + v)| / (1 - q)
  const rest: Pair[] = Array.from({ length: d }, (_, i) => {
    let sum: Pair = [constant.lower[i], constant.upper[i]];
    for (let j = 0; j < d; j++)
      sum = plus(sum, times([matrix.lower[i * d + j], matrix.upper[i * d + j]], [guess[j], guess[j]]));
    return sum;
  });
  let far = 0;
  for (let i = 0; i < d; i++) {
    let sum: Pair = [0, 0];
    for (let j = 0; j < d; j++) sum = plus(sum, times([inverse[i * d + j], inverse[i * d + j]], rest[j]));
    far = Math.max(far, Math.abs(sum[0]), Math.abs(sum[1]));
  }
  const radius = above(far / below(1 - q));
  if (!Number.isFinite(radius)) return undefined;
  return { lower: guess.map((g) => below(g - radius)), upper: guess.map((g) => above(g + radius)) };
}

/** The pieces of every activation met in k steps, in order; undefined for a network that is not piecewise linear. */
function slotsOf(spec: CellSpec, input: Vector, period: number): Piece[][] | undefined {
  const slots: Piece[][] = [];
  let isStraight = true;
  const d = dimensionOf(spec);
  const plain = plainAlgebra(d);
  const counting: Algebra<Plain> = {
    ...plain,
    activate(name, a) {
      const pieces = piecesOf(name);
      if (pieces) for (let i = 0; i < a.lower.length; i++) slots.push(pieces);
      else isStraight = false;
      return a;
    },
  };
  let x: Plain = { lower: new Float64Array(d), upper: new Float64Array(d) };
  for (let k = 0; k < period; k++) x = advance(spec, counting, x, { lower: input, upper: input });
  return isStraight ? slots : undefined;
}

function piecesOf(name: ActivationName): Piece[] | undefined {
  const kinks = activation(name).kinks;
  return slopes[name]?.map((slope, i): Piece => {
    const from = kinks[i - 1] ?? -Infinity;
    const to = kinks[i] ?? Infinity;
    if (slope[0] === 1 && slope[1] === 1) return { from, to, slope, offset: [0, 0] };
    // The line through a point of the piece; flat pieces have the value of their kink.
    const at = Number.isFinite(from) ? from : Number.isFinite(to) ? to : 0;
    const { value } = plainActivation(name, [at, at]);
    const offset = slope[1] === 0 || at === 0 ? value : minus(value, times(slope, [at, at]));
    return { from, to, slope, offset };
  });
}

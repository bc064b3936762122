import type { ActivationName, CellSpec } from "../../cells/spec.js";
import type { Vector } from "../../core/system.js";
import type { Algebra } from "../algebra.js";
import { advance, dimensionOf, timeOf } from "../equation.js";
import type { ContractionProof } from "../proofFormat.js";
import { type Plain, plainAlgebra, plainVariable } from "./plainAlgebra.js";
import { plainActivation } from "./plainFunctions.js";
import { above, below, type Pair, times } from "./plainInterval.js";

/** Whether dG/dx is diagonally dominant, with the proof's weights, wherever a point can be; what is wrong, if not. */
export function checkDominance(spec: CellSpec, input: Vector, proof: ContractionProof): string | undefined {
  const { start, weights } = proof;
  const d = dimensionOf(spec);
  if (weights.length !== d || weights.some((w) => !(w > 0))) return "its weights are malformed";
  if (proof.balls.length !== 1) return "it needs one ball";
  const plain = plainAlgebra(d);
  let algebra: Algebra<Plain> = plain;
  if (start === null) {
    if (!hasNoProducts(spec)) return "its argument does not hold for a network with products of states";
    algebra = { ...plain, activate: (name, a) => withAllSlopes(name, a, d) };
  }
  const box = start ?? { lower: new Array(d).fill(0), upper: new Array(d).fill(0) };
  const u: Plain = { lower: input, upper: input };
  let x = plainVariable(Float64Array.from(box.lower), Float64Array.from(box.upper));
  for (let k = 0; k < proof.period; k++) x = advance(spec, algebra, x, u);
  const shift = timeOf(spec) === "discrete" ? 1 : 0;
  for (let i = 0; i < d; i++) {
    let off = 0;
    let own = 0;
    for (let j = 0; j < d; j++) {
      const p = i * d + j;
      const l = x.by ? x.by.lower[p] : 0;
      const h = x.by ? x.by.upper[p] : 0;
      if (i === j) own = Math.max(below(l - shift), below(shift - h), 0);
      else off = above(off + above(Math.max(Math.abs(l), Math.abs(h)) * weights[j]));
    }
    if (!(below(own * weights[i]) > off))
      return `row ${i} of the derivative may not be dominated by its diagonal`;
  }
  return undefined;
}

function hasNoProducts(spec: CellSpec): boolean {
  if (spec.kind === "stacked") return spec.layers.every(hasNoProducts);
  return spec.kind !== "gru" && spec.kind !== "lstm";
}

/** The least and the largest slope an activation has anywhere. */
const slopes: Readonly<Record<ActivationName, Pair>> = {
  tanh: [0, 1],
  retanh: [0, 1],
  sigmoid: [0, 0.25],
  softplus: [0, 1],
  elu: [0, 1],
  erf: [0, 1.12838],
  gelu: [-0.129, 1.129],
  linear: [1, 1],
  relu: [0, 1],
  "leaky-relu": [0.01, 1],
  "clipped-relu": [0, 1],
  "hard-tanh": [0, 1],
  "hard-sigmoid": [0, 0.16666666666666669],
};

/** An activation of an unknown argument: only the derivative counts. */
function withAllSlopes(name: ActivationName, a: Plain, d: number): Plain {
  const zero = plainActivation(name, [0, 0]).value;
  const rows = a.lower.length;
  const value = { lower: new Float64Array(rows).fill(zero[0]), upper: new Float64Array(rows).fill(zero[1]) };
  if (!a.by) return value;
  const by = { lower: new Float64Array(rows * d), upper: new Float64Array(rows * d) };
  for (let p = 0; p < rows * d; p++)
    [by.lower[p], by.upper[p]] = times(slopes[name], [a.by.lower[p], a.by.upper[p]]);
  return { ...value, by };
}

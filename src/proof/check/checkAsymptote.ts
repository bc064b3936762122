import type { ActivationName, LowRankSpec } from "../../cells/spec.js";
import type { Vector } from "../../core/system.js";
import { lowRankCurrent } from "../equation.js";
import type { AsymptoteStart } from "../proofFormat.js";
import { halves } from "./halves.js";
import { plainAlgebra } from "./plainAlgebra.js";
import { above, type Pair, plus, times } from "./plainInterval.js";
import { residualModel } from "./plainModel.js";

/** What an activation is like far out, and how far it is from that at most (rounded up in the third digit or further). */
const farOut: Partial<Record<ActivationName, readonly [AsymptoteStart["homogeneous"], number]>> = {
  relu: ["relu", 0],
  "leaky-relu": ["leaky-relu", 0],
  linear: ["linear", 0],
  softplus: ["relu", 0.6932], // log 2, at 0
  elu: ["relu", 1], // at -infinity
  gelu: ["relu", 0.169972], // at its minimum, and its mirror image
};

/**
 * Whether every fixed point has max norm at most 1 / epsilon: over the whole surface of the unit cube a component of the
 * homogeneous equation stays away from 0 by more than epsilon times what bias, input and activation can add.
 */
export function checkAsymptote(spec: LowRankSpec, input: Vector, start: AsymptoteStart): string | undefined {
  const far = farOut[spec.activation];
  if (!far || far[0] !== start.homogeneous || !(start.gap >= far[1]))
    return "its start box names the wrong activation far out";
  const r = spec.rank!;
  const { epsilon } = start;
  if (!(epsilon > 0)) return "its epsilon is not positive";
  const size = above(1 / epsilon);
  if (start.lower.some((l) => l > -size) || start.upper.some((u) => u < size))
    return "its start box is too small";
  if (start.faces.length !== 2 * r) return "its faces are not all there";

  const q = distance(spec, input, start.gap);
  const { input: _input, bias: _bias, ...factors } = spec;
  const homogeneous: LowRankSpec = { ...factors, activation: far[0] };
  const none = new Float64Array(0);
  for (const [f, tree] of start.faces.entries()) {
    const lower = new Float64Array(r).fill(-1);
    const upper = new Float64Array(r).fill(1);
    lower[f >> 1] = upper[f >> 1] = f % 2 === 0 ? -1 : 1;
    const stack = [{ lower, upper }];
    for (const code of tree) {
      const box = stack.pop();
      if (!box) return `face ${f}: its tree has more nodes than it splits`;
      if (code >= 0) {
        if (code >= r) return `face ${f}: its tree splits along a coordinate that is not there`;
        stack.push(...halves(box, code));
        continue;
      }
      const model = residualModel(homogeneous, none, 1, box.lower, box.upper);
      let away = false;
      for (let a = 0; a < r && !away; a++) {
        let row: Pair = plus(
          [model.centre.lower[a], model.centre.upper[a]],
          [-model.error[a], model.error[a]],
        );
        for (let b = 0; b < r; b++)
          row = plus(
            row,
            times([model.by.lower[a * r + b], model.by.upper[a * r + b]], [-model.reach[b], model.reach[b]]),
          );
        away = Math.max(row[0], -row[1]) > above(epsilon * q[a]);
      }
      if (code !== -1 || !away) return `face ${f}: fixed points far out are not excluded`;
    }
    if (stack.length > 0) return `face ${f}: its tree ends before all parts are decided`;
  }
  return undefined;
}

/** `|s| sum_i |n_ia| (|W_in u + b|_i + gap)`, from above. */
function distance(spec: LowRankSpec, input: Vector, gap: number): Vector {
  const r = spec.rank!;
  const zero = { lower: new Float64Array(r), upper: new Float64Array(r) };
  const drive = lowRankCurrent(spec, plainAlgebra(r), zero, { lower: input, upper: input });
  const right = spec.right as Float64Array;
  const out = new Float64Array(r);
  for (let i = 0; i < drive.lower.length; i++) {
    const size = above(Math.max(Math.abs(drive.lower[i]), Math.abs(drive.upper[i])) + gap);
    for (let a = 0; a < r; a++) out[a] = above(out[a] + above(Math.abs(right[i * r + a]) * size));
  }
  return out.map((v) => above(v * Math.abs(spec.scale ?? 1)));
}

import type { Interval } from "../cells/interval.js";
import type { CellSpec } from "../cells/spec.js";
import type { Matrix, Time, Vector } from "../core/system.js";
import { type Differentiated, dense, derivativeAlgebra, variable } from "./derivativeAlgebra.js";
import { advance, dimensionOf, leaky, timeOf } from "./equation.js";
import { intervalAlgebra } from "./intervalAlgebra.js";
import { shiftEntry } from "./intervalMatrix.js";
import { lowRankTarget } from "./lowRankTarget.js";

/** The zeros of G are what is sought: G = F^k(x) - x of a map, G = F of a flow; enclosed over boxes. */
export interface Enclosure {
  readonly time: Time;
  readonly dimension: number;
  /** A box that holds G(x) for every x of a box. */
  residual(box: Interval): Interval;
  /** Bounds of dG/dx (at kinks: of every generalised derivative) over a box, and of F^k (not G) itself there. */
  derivative(box: Interval): { readonly image: Interval; readonly centre: Matrix; readonly radius: Matrix };
}

/**
 * The enclosure of a network's residual with its input held, or of the k-th iterate of a map.
 *
 * `residual` costs three products per weight and step; `derivative` besides O(N D) per weight matrix, or one
 * O(N^2 D) product where the equation composes matrices (feedback, stacks, a GRU that resets before, k > 1).
 */
export function enclose(spec: CellSpec, input: Vector, steps = 1): Enclosure {
  const time = timeOf(spec);
  const d = dimensionOf(spec);
  const u: Interval = { lower: input, upper: input };
  const algebra = derivativeAlgebra(d);
  // One pass over many units instead of one per operation.
  const lowRank = spec.kind === "low-rank" && steps === 1 ? spec : undefined;
  const target = lowRank && lowRankTarget(lowRank, input);
  const step = (x: Differentiated): Differentiated =>
    target ? leaky(lowRank, algebra, d, x, target(x.box)) : advance(spec, algebra, x, { box: u });
  return {
    time,
    dimension: d,
    residual(box) {
      let x = box;
      for (let k = 0; k < steps; k++)
        x = target
          ? leaky(lowRank, intervalAlgebra, d, x, target(x).box)
          : advance(spec, intervalAlgebra, x, u);
      return time === "continuous" ? x : intervalAlgebra.subtract(x, box);
    },
    derivative(box) {
      let x = variable(box);
      for (let k = 0; k < steps; k++) x = step(x);
      const by = dense(x.by, d, d);
      if (time === "discrete") for (let i = 0; i < d; i++) shiftEntry(by, i * d + i, -1, 0);
      return { image: x.box, centre: by.centre, radius: by.radius };
    },
  };
}

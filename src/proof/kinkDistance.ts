import { activation } from "../cells/activation.js";
import type { Interval } from "../cells/interval.js";
import type { CellSpec } from "../cells/spec.js";
import type { Vector } from "../core/system.js";
import type { Algebra } from "./algebra.js";
import { advance } from "./equation.js";
import { intervalAlgebra } from "./intervalAlgebra.js";

/**
 * The least distance of an argument of an activation from a kink while the state stays in a box, over k steps;
 * 0 when it may be on one, null when the network has no kinks.
 */
export function kinkDistance(spec: CellSpec, input: Vector, period: number, box: Interval): number | null {
  let least: number | null = null;
  const watching: Algebra<Interval> = {
    ...intervalAlgebra,
    activate(name, a) {
      for (const kink of activation(name).kinks)
        for (let i = 0; i < a.lower.length; i++) {
          const distance = Math.max(a.lower[i] - kink, kink - a.upper[i], 0);
          if (least === null || distance < least) least = distance;
        }
      return intervalAlgebra.activate(name, a);
    },
  };
  let x = box;
  for (let k = 0; k < period; k++) x = advance(spec, watching, x, { lower: input, upper: input });
  return least;
}

import type { DynamicalSystem, Vector } from "../core/system.js";

const none: Vector = new Float64Array(0);

/**
 * Largest Lyapunov exponent of a map along the orbit from `x`, in 1 / steps: mean log growth of a tangent
 * vector over `steps` steps. Positive: nearby orbits part exponentially (chaos); about zero: a closed
 * invariant curve; negative: an attracting cycle or point.
 *
 * `x` ends as the last state and `tangent` as the last direction: pass both on to go on where a call ended.
 * The estimate carries an error of order 1 / steps. NaN when the orbit blows up, -Infinity when the tangent vector
 * becomes zero. A driven map takes the input of step t (0, 1, ...) from `inputAt`. Cost: O(steps) rules and products.
 * Source: Benettin, Galgani, Giorgilli & Strelcyn (1980).
 */
export function largestExponentAlong(
  map: DynamicalSystem,
  x: Vector,
  steps: number,
  tangent: Vector = Float64Array.from({ length: map.dimension }, (_, i) => 1 + (i % 5) / 5),
  inputAt: (step: number) => Vector = () => none,
): number {
  const n = map.dimension;
  const next = new Float64Array(n);
  const image = new Float64Array(n);
  const jacobian = map.product ? undefined : new Float64Array(n * n);
  normalise(tangent);
  let sum = 0;
  for (let t = 0; t < steps; t++) {
    const u = inputAt(t);
    if (map.product) map.product(x, u, tangent, image);
    else {
      map.jacobian(x, u, jacobian!);
      for (let i = 0; i < n; i++) {
        let s = 0;
        for (let j = 0; j < n; j++) s += jacobian![i * n + j] * tangent[j];
        image[i] = s;
      }
    }
    map.rule(x, u, next);
    x.set(next);
    tangent.set(image);
    const growth = normalise(tangent);
    if (!(growth < Infinity)) return Number.NaN;
    if (growth === 0) return Number.NEGATIVE_INFINITY;
    sum += Math.log(growth);
  }
  return sum / steps;
}

function normalise(v: Vector): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  const size = Math.sqrt(sum);
  if (size > 0) for (let i = 0; i < v.length; i++) v[i] /= size;
  return size;
}

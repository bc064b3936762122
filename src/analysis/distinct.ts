import type { Vector } from "../core/system.js";

/**
 * A growing set of states that counts a state once however often it is found.
 *
 * Two states are one when they are closer than the tolerance times (unit + |x|), or than ten times the
 * errors they are known with. The better one (smaller q) is kept. Insertion is O(size * dimension).
 */
export class DistinctStates {
  readonly states: Vector[] = [];
  readonly #quality: number[] = [];
  readonly #error: number[] = [];

  constructor(
    readonly tolerance: number,
    readonly unit = 1,
  ) {}

  /** The number of the state equal to x, or -1. */
  find(x: Vector, error = 0): number {
    let best = -1;
    let bestDistance = Number.POSITIVE_INFINITY;
    const scale = this.tolerance * (this.unit + size(x));
    for (let k = 0; k < this.states.length; k++) {
      const reach = Math.max(scale, 10 * (error + this.#error[k]));
      const distance = distanceWithin(x, this.states[k], Math.min(reach, bestDistance));
      if (distance < bestDistance && distance <= reach) {
        best = k;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** Adds x, or merges it into the state it equals; `better` tells whether x is now the one kept. */
  add(x: Vector, q: number, error = 0): { index: number; isNew: boolean; better: boolean } {
    const index = this.find(x, error);
    if (index < 0) {
      this.states.push(x.slice());
      this.#quality.push(q);
      this.#error.push(error);
      return { index: this.states.length - 1, isNew: true, better: true };
    }
    const better = q < this.#quality[index];
    if (better) {
      this.states[index] = x.slice();
      this.#quality[index] = q;
      this.#error[index] = error;
    }
    return { index, isNew: false, better };
  }
}

/** |a - b|, or Infinity as soon as it is known to exceed `limit`. */
function distanceWithin(a: Vector, b: Vector, limit: number): number {
  const limit2 = limit * limit;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = a[i] - b[i];
    sum += d * d;
    if (sum > limit2) return Number.POSITIVE_INFINITY;
  }
  return Math.sqrt(sum);
}

function size(x: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
}

import { bytesOfDoubles, type ForceKernel } from "./forceKernel.js";

/** One recursive-least-squares learner of K outputs over N rates. */
export interface RecursiveLeastSquares {
  /** P, N x N, lower triangle row by row; up to date only after `settle`. */
  readonly inverse: Float64Array;
  /** w, K x N: updated in place. */
  readonly weights: Float64Array;
  /**
   * One update towards `targets[from .. from + K - 1]`, `outputs = w r` being the outputs just seen. Returns c;
   * 0 when rounding has cost P its positive definiteness along r, or r is not finite: then nothing is learned.
   */
  update(r: Float64Array, outputs: Float64Array, targets: Float64Array, from: number): number;
  /** Brings `inverse` up to date. The bits of everything that follows stay the same. */
  settle(): void;
}

/**
 * Recursive least squares without forgetting: `k = P r`, `c = 1 / (1 + r'k)`, `P <- P - c k k'`,
 * `w <- w - c k e'`, `e = w'r - target`. P is the inverse of `alpha I + sum r r'`, so c is in (0, 1] and the
 * error after an update is c times the error before.
 *
 * `P <- P - c k k'` waits for the next product `P r`, so that each element is touched once per update.
 * Haykin (2002), Adaptive Filter Theory, chapter 9; Sussillo & Abbott (2009, Neuron 63:544).
 * O(N^2) per update: `3 N^2` operations on `N^2 / 2` numbers; O(K N) besides.
 *
 * @param inverse - P, packed; copied into the kernel's memory
 * @param weights - w, K x N, of the kernel's memory; taken over, not copied
 */
export function recursiveLeastSquares(
  kernel: ForceKernel,
  units: number,
  outputs: number,
  inverse: Float64Array,
  weights: Float64Array,
): RecursiveLeastSquares {
  const p = kernel.doubles(inverse.length);
  p.set(inverse);
  let gain = kernel.doubles(units);
  let next = kernel.doubles(units);
  const nothing = kernel.doubles(units);
  let pending = 0;
  return {
    inverse: p,
    weights,
    update(r, seen, targets, from) {
      kernel.symmetricStep(units, p, pending, gain, r, next);
      [gain, next] = [next, gain];
      let s0 = 0;
      let s1 = 0;
      let i = 0;
      for (; i + 2 <= units; i += 2) {
        s0 += r[i] * gain[i];
        s1 += r[i + 1] * gain[i + 1];
      }
      if (i < units) s0 += r[i] * gain[i];
      const overlap = s0 + s1;
      pending = overlap >= 0 ? 1 / (1 + overlap) : 0;
      if (pending === 0) {
        gain.fill(0);
        return 0;
      }
      for (let l = 0; l < outputs; l++) {
        const step = pending * (seen[l] - targets[from + l]);
        const row = l * units;
        for (let j = 0; j < units; j++) weights[row + j] -= step * gain[j];
      }
      return pending;
    },
    settle() {
      if (pending === 0) return;
      kernel.symmetricStep(units, p, pending, gain, nothing, next);
      pending = 0;
      gain.fill(0);
    },
  };
}

/** Bytes of kernel memory that a learner takes. */
export function bytesOfLearner(units: number): number {
  return bytesOfDoubles((units * (units + 1)) / 2) + 3 * bytesOfDoubles(units);
}

/** `P = I / alpha`, packed. */
export function initialInverse(units: number, alpha: number): Float64Array {
  const p = new Float64Array((units * (units + 1)) / 2);
  for (let i = 0; i < units; i++) p[(i * (i + 1)) / 2 + i] = 1 / alpha;
  return p;
}

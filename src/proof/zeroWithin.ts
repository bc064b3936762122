import type { Matrix, Vector } from "../core/system.js";
import type { RelaxedResidual } from "./relaxation.js";

/**
 * How much more than needed an exclusion must hold by, relative to the errors: whoever repeats it with other
 * secants, another order of summation or coarser rounding comes to the same verdict.
 */
export const margin = 1e-9;

/** A preconditioner with larger entries than this times those of its inverse is not used: others would get another. */
const worstCondition = 1e6;

/** What is known of the zeros of a relaxed residual. */
export interface ZeroWithin {
  /** No zero lies in the box. */
  readonly excluded: boolean;
  /** With an inverse C of `by`: zeros lie at `offset` from the centre, give or take `error`. */
  readonly offset?: Vector;
  readonly error?: Vector;
}

/**
 * Whether `by y + centre` can vanish for |y| <= reach up to `error`: row by row, then row by row after
 * multiplication with an approximate inverse C of `by`. Excluded means: in some row
 * `|constant| > (sum |coefficient| reach + error) (1 + margin)`. O(D^3).
 */
export function zeroWithin({ centre: g, by, error, reach, errorAfter }: RelaxedResidual): ZeroWithin {
  const d = reach.length;
  for (let i = 0; i < d; i++) {
    let sum = error[i];
    for (let j = 0; j < d; j++) sum += Math.abs(by[i * d + j]) * reach[j];
    if (Math.abs(g[i]) > sum * (1 + margin)) return { excluded: true };
  }
  const inverse = smallInverse(d, by);
  if (!inverse) return { excluded: false };
  const offset = new Float64Array(d);
  const after = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    let constant = 0;
    let far = 0;
    let rounding = 0;
    for (let k = 0; k < d; k++) {
      const c = inverse[i * d + k];
      constant += c * g[k];
      far += Math.abs(c) * error[k];
      rounding += Math.abs(c * g[k]);
    }
    if (errorAfter) far = Math.min(far, errorAfter(inverse, i));
    // The coefficients are those of the identity up to rounding.
    let sum = 0;
    let defect = 0;
    for (let j = 0; j < d; j++) {
      let coefficient = 0;
      let size = 0;
      for (let k = 0; k < d; k++) {
        const v = inverse[i * d + k] * by[k * d + j];
        coefficient += v;
        size += Math.abs(v);
      }
      sum += Math.abs(coefficient) * reach[j];
      defect += Math.abs(coefficient - (i === j ? 1 : 0)) * reach[j];
      rounding += size * reach[j];
    }
    if (Math.abs(constant) > (sum + far + rounding * 1e-14) * (1 + margin)) return { excluded: true };
    offset[i] = -constant;
    after[i] = far + rounding * 1e-14 + defect;
  }
  return { excluded: false, offset, error: after };
}

/** Gauss-Jordan with column pivots for a few unknowns; undefined where the condition is too bad to be of use. */
function smallInverse(d: number, a: Matrix): Matrix | undefined {
  const m = a.slice();
  const inverse = new Float64Array(d * d);
  for (let i = 0; i < d; i++) inverse[i * d + i] = 1;
  for (let c = 0; c < d; c++) {
    let pivot = c;
    for (let i = c + 1; i < d; i++) if (Math.abs(m[i * d + c]) > Math.abs(m[pivot * d + c])) pivot = i;
    const p = m[pivot * d + c];
    if (!(Math.abs(p) > 0)) return undefined;
    for (let j = 0; j < d; j++) {
      const x = m[pivot * d + j];
      m[pivot * d + j] = m[c * d + j];
      m[c * d + j] = x / p;
      const y = inverse[pivot * d + j];
      inverse[pivot * d + j] = inverse[c * d + j];
      inverse[c * d + j] = y / p;
    }
    for (let i = 0; i < d; i++) {
      const f = m[i * d + c];
      if (i === c || f === 0) continue;
      for (let j = 0; j < d; j++) {
        m[i * d + j] -= f * m[c * d + j];
        inverse[i * d + j] -= f * inverse[c * d + j];
      }
    }
  }
  let large = 0;
  let own = 0;
  for (let i = 0; i < d * d; i++) {
    if (!Number.isFinite(inverse[i])) return undefined;
    large = Math.max(large, Math.abs(inverse[i]));
    own = Math.max(own, Math.abs(a[i]));
  }
  return large * own < worstCondition ? inverse : undefined;
}

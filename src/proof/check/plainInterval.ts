/**
 * Scalar interval arithmetic of the checker, apart from the prover's: every operation is followed by one step
 * outward to the neighbouring float (Rump, Zimmermann, Boldo & Melquiond 2009, BIT 49:419: `phi |x| + eta` reaches
 * past the neighbour and no further than the next but one).
 */

const phi = (Number.EPSILON / 2) * (1 + Number.EPSILON);
const eta = 1e-300;

/** A float above x. */
export function above(x: number): number {
  return x + (phi * Math.abs(x) + eta);
}

/** A float below x. */
export function below(x: number): number {
  return x - (phi * Math.abs(x) + eta);
}

/** Lower and upper bound. */
export type Pair = readonly [lower: number, upper: number];

export function plus([a, b]: Pair, [c, d]: Pair): Pair {
  return [below(a + c), above(b + d)];
}

export function minus([a, b]: Pair, [c, d]: Pair): Pair {
  return [below(a - d), above(b - c)];
}

export function times([a, b]: Pair, [c, d]: Pair): Pair {
  const p = a * c;
  const q = a * d;
  const r = b * c;
  const s = b * d;
  return [below(Math.min(p, q, r, s)), above(Math.max(p, q, r, s))];
}

/** Quotient by an interval above zero. */
export function over([a, b]: Pair, [c, d]: Pair): Pair {
  return [below(Math.min(a / c, a / d)), above(Math.max(b / c, b / d))];
}

/** `x^2`. */
export function square([a, b]: Pair): Pair {
  const p = a * a;
  const q = b * b;
  return [a <= 0 && b >= 0 ? 0 : Math.max(below(Math.min(p, q)), 0), above(Math.max(p, q))];
}

/** The common part; the caller knows that there is one. */
export function within([a, b]: Pair, [c, d]: Pair): Pair {
  return [Math.max(a, c), Math.min(b, d)];
}

import { erfc } from "../../cells/erf.js";

/**
 * P(X > x) for X chi-square with `k` degrees of freedom, k a positive integer. The finite sum of positive terms
 * `x^a e^-x / Gamma(a + 1)` that integration by parts gives (Abramowitz & Stegun 26.4.4 and 26.4.5). O(k).
 */
export function chiSquareTail(x: number, k: number): number {
  if (x <= 0) return 1;
  const h = x / 2;
  const logH = Math.log(h);
  const odd = k % 2 === 1;
  let tail = odd ? erfc(Math.sqrt(h)) : 0;
  // log of h^a e^-h / Gamma(a + 1), from a = 1/2 (Gamma(3/2) = sqrt(pi) / 2) or a = 0 on.
  let a = odd ? 0.5 : 0;
  let logTerm = odd ? logH / 2 - h - Math.log(Math.sqrt(Math.PI) / 2) : -h;
  for (; a < k / 2 - 0.25; a++) {
    tail += Math.exp(logTerm);
    logTerm += logH - Math.log(a + 1);
  }
  return Math.min(1, tail);
}

/** The x that a chi-square variable of `k` degrees of freedom exceeds with probability `p`, 0 < p < 1. By bisection. */
export function chiSquareQuantile(p: number, k: number): number {
  let low = 0;
  let high = k;
  while (chiSquareTail(high, k) > p) high *= 2;
  for (let i = 0; i < 100 && high - low > 4 * Number.EPSILON * high; i++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle, k) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A product of normalised Legendre polynomials of past inputs: `prod_i sqrt(2 d_i + 1) P_{d_i}(u_{t - k_i})`. */
export interface LegendreTerm {
  /** Sum of the d_i. */
  readonly degree: number;
  /** k_i ascending, each with its d_i. */
  readonly factors: readonly { readonly lag: number; readonly degree: number }[];
}

/** How many terms of exactly this degree reach back at most `lag` steps: multisets of `degree` lags, 0 .. `lag`. */
export function countOfTerms(degree: number, lag: number): number {
  let count = 1;
  for (let i = 1; i <= degree; i++) count = (count * (lag + i)) / i;
  return Math.round(count);
}

/** All terms of exactly this degree that reach back at most `lag` steps, the most recent first. */
export function legendreTerms(degree: number, lag: number): LegendreTerm[] {
  const terms: LegendreTerm[] = [];
  const extend = (factors: LegendreTerm["factors"], from: number, left: number) => {
    if (left === 0) {
      terms.push({ degree, factors });
      return;
    }
    for (let k = from; k <= lag; k++)
      for (let d = left; d >= 1; d--) extend([...factors, { lag: k, degree: d }], k + 1, left - d);
  };
  extend([], 0, degree);
  return terms;
}

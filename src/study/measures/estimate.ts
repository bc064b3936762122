/** A number measured on samples. */
export interface Estimate {
  readonly value: number;
  /** Of batch means over 20 contiguous stretches of the recording, so that neighbours in time may depend on each other. */
  readonly standardError: number;
  /** 95 % confidence interval, `value -+ 2.093 standardError` (Student, 19 degrees of freedom); not clipped. */
  readonly lower: number;
  readonly upper: number;
}

/** Stretches of a recording that standard errors come from. */
export const stretches = 20;
/** Student's t with 19 degrees of freedom exceeds this with probability 1/40. */
const student = 2.0930240544082634;

export function estimate(value: number, standardError: number): Estimate {
  return {
    value,
    standardError,
    lower: value - student * standardError,
    upper: value + student * standardError,
  };
}

/** Standard error of the mean from the means of equally long stretches. */
export function errorOfMeans(means: Float64Array): number {
  const n = means.length;
  let mean = 0;
  for (const m of means) mean += m / n;
  let square = 0;
  for (const m of means) square += (m - mean) ** 2;
  return Math.sqrt(square / (n * (n - 1)));
}

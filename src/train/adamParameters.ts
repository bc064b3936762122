/** What Adam remembers between updates: plain data. */
export interface AdamState {
  /** Updates made. */
  count: number;
  /** Running mean of the gradient, one per parameter. */
  readonly mean: Float64Array;
  /** Running mean of the squared gradient. */
  readonly variance: Float64Array;
}

/** Settings of {@link adamUpdate}. */
export interface AdamSettings {
  /** Memory of the mean. */
  readonly beta1: number;
  /** Memory of the variance. */
  readonly beta2: number;
  /** Added to the root of the variance. */
  readonly epsilon: number;
}

/** Adam before its first update of `length` parameters. */
export function adamStart(length: number): AdamState {
  return { count: 0, mean: new Float64Array(length), variance: new Float64Array(length) };
}

/**
 * One update of Adam, in place: `m <- b1 m + (1 - b1) g`, `v <- b2 v + (1 - b2) g^2`,
 * `parameters -= rate * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon)`.
 *
 * Changes `state` and `parameters`. O(P). Source: Kingma & Ba (2015, ICLR), algorithm 1.
 *
 * @example
 * ```ts
 * const parameters = Float64Array.of(1);
 * adamUpdate(adamStart(1), parameters, Float64Array.of(5), 0.1, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
 * parameters; // => [0.9000]
 * ```
 */
export function adamUpdate(
  state: AdamState,
  parameters: Float64Array,
  gradient: Float64Array,
  rate: number,
  { beta1, beta2, epsilon }: AdamSettings,
): void {
  const { mean, variance } = state;
  state.count++;
  const correct1 = 1 - beta1 ** state.count;
  const correct2 = 1 - beta2 ** state.count;
  for (let p = 0; p < parameters.length; p++) {
    const g = gradient[p];
    mean[p] = beta1 * mean[p] + (1 - beta1) * g;
    variance[p] = beta2 * variance[p] + (1 - beta2) * g * g;
    parameters[p] -= (rate * (mean[p] / correct1)) / (Math.sqrt(variance[p] / correct2) + epsilon);
  }
}

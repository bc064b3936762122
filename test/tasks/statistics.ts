/** Mean, standard deviation and the like, for tests of random draws. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

export function covariance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ma, mb] = [mean(a), mean(b)];
  return mean(Array.from(a, (v, i) => (v - ma) * (b[i] - mb)));
}

export const deviation = (values: ArrayLike<number>) => Math.sqrt(covariance(values, values));

export const correlation = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  covariance(a, b) / (deviation(a) * deviation(b));

/** How often each value occurs. */
export function counts<T>(values: readonly T[]): Map<T, number> {
  const found = new Map<T, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

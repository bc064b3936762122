/**
 * Legendre polynomials, orthonormal for a uniform law on [-1, 1]: `sqrt(2 d + 1) P_d(x)`, mean of squares 1.
 * `out[t] = value at x[t]`. Three-term recurrence of Bonnet. O(d) per value.
 */
export function legendre(degree: number, x: Float64Array, out: Float64Array): void {
  const norm = Math.sqrt(2 * degree + 1);
  for (let t = 0; t < x.length; t++) {
    let before = 0;
    let value = 1;
    for (let d = 1; d <= degree; d++) {
      const next = ((2 * d - 1) * x[t] * value - (d - 1) * before) / d;
      before = value;
      value = next;
    }
    out[t] = norm * value;
  }
}

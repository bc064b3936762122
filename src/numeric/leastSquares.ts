/** See `Kernel.leastSquares`. */
export function leastSquares(m: number, n: number, k: number, a: Float64Array, b: Float64Array): number {
  const v = new Float64Array(m);
  const w = new Float64Array(Math.max(n, k));
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (let j = 0; j < n; j++) {
    let largest = 0;
    for (let i = j; i < m; i++) largest = Math.max(largest, Math.abs(a[i * n + j]));
    if (largest === 0) return 0;
    let square = 0;
    for (let i = j; i < m; i++) {
      v[i] = a[i * n + j] / largest;
      square += v[i] * v[i];
    }
    const alpha = v[j];
    const beta = alpha > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    const size = Math.abs(beta * largest);
    least = Math.min(least, size);
    greatest = Math.max(greatest, size);
    a[j * n + j] = beta * largest;
    const tau = (beta - alpha) / beta;
    v[j] = 1;
    for (let i = j + 1; i < m; i++) v[i] /= alpha - beta;
    reflectBelow(j, m, j + 1, n, a, v, tau, w);
    reflectBelow(j, m, 0, k, b, v, tau, w);
  }
  for (let i = n - 1; i >= 0; i--)
    for (let c = 0; c < k; c++) {
      let sum = b[i * k + c];
      for (let l = i + 1; l < n; l++) sum -= a[i * n + l] * b[l * k + c];
      b[i * k + c] = sum / a[i * n + i];
    }
  return n === 0 ? 1 : least / greatest;
}

/** `X <- (I - tau v v') X` on rows [from, m) and columns [first, width) of X. */
function reflectBelow(
  from: number,
  m: number,
  first: number,
  width: number,
  x: Float64Array,
  v: Float64Array,
  tau: number,
  w: Float64Array,
): void {
  w.fill(0);
  for (let i = from; i < m; i++) {
    const at = i * width;
    for (let c = first; c < width; c++) w[c] += v[i] * x[at + c];
  }
  for (let i = from; i < m; i++) {
    const at = i * width;
    const factor = tau * v[i];
    for (let c = first; c < width; c++) x[at + c] -= factor * w[c];
  }
}

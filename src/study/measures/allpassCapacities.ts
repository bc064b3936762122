/**
 * Memory curve of a stable linear map in which an input reaches every mode, from its eigenvalues alone:
 * `MC_k = c_k' G^-1 c_k` with `c_k = W^k v`, `G = sum of c_k c_k'`, for k = 0 .. count - 1.
 *
 * G is the square of a hopelessly conditioned matrix, and is not formed here. Stack the c_k as columns of K: then MC_k is
 * entry (k, k) of the orthogonal projector onto the rows of K, and these are spanned by the sequences lambda_i^k, whatever
 * v is. An orthonormal basis of that space is known in closed form (Takenaka 1925, Malmquist 1925): the states of a
 * cascade of all-pass filters with these poles, hit by one impulse. So MC_k is the energy in the cascade at step k. Each
 * section is a unitary 2 x 2 step, so nothing is amplified: errors are of rounding size for any number of modes.
 *
 * Cost: O(count * number of eigenvalues).
 *
 * @param real - real parts of the eigenvalues, those repeated as often as they are reached; all inside the unit circle
 * @param imaginary - imaginary parts
 */
export function allpassCapacities(real: Float64Array, imaginary: Float64Array, count: number): Float64Array {
  const r = real.length;
  const stateReal = new Float64Array(r);
  const stateImaginary = new Float64Array(r);
  const gain = Float64Array.from(real, (a, i) => {
    const modulus = Math.hypot(a, imaginary[i]);
    return Math.sqrt(Math.max(0, (1 - modulus) * (1 + modulus)));
  });
  const capacities = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    // What enters a section: the impulse at step 0, later what the section before lets out.
    let a = k === 0 ? 1 : 0;
    let b = 0;
    let energy = 0;
    for (let i = 0; i < r; i++) {
      const [x, y, p, q, g] = [stateReal[i], stateImaginary[i], real[i], imaginary[i], gain[i]];
      const newX = p * x - q * y + g * a;
      const newY = p * y + q * x + g * b;
      // Out: g * (state before) - conj(pole) * (what entered).
      const outA = g * x - (p * a + q * b);
      const outB = g * y - (p * b - q * a);
      stateReal[i] = newX;
      stateImaginary[i] = newY;
      energy += newX * newX + newY * newY;
      a = outA;
      b = outB;
    }
    capacities[k] = energy;
  }
  return capacities;
}

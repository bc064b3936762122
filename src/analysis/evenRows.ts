/** At most `most` of the rows (of n numbers each), evenly spaced; all of them when there are no more. O(size). */
export function evenRows(rows: Float64Array, n: number, most: number): Float64Array {
  const count = rows.length / n;
  if (count <= most) return rows;
  const out = new Float64Array(most * n);
  for (let i = 0; i < most; i++) {
    const k = Math.floor((i * count) / most) * n;
    out.set(rows.subarray(k, k + n), i * n);
  }
  return out;
}

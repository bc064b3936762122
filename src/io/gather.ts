/**
 * Numbers in the order of their places, last axis fastest: entry (i, j, ..) is at `i strides[0] + j strides[1] + ..`.
 * The array itself where it is in that order already. O(numbers).
 */
export function gather(
  stored: Float64Array,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Float64Array {
  let step = 1;
  let inOrder = true;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] > 1 && strides[axis] !== step) inOrder = false;
    step *= shape[axis];
  }
  if (inOrder) return stored;
  const out = new Float64Array(count);
  const place = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    out[to] = stored[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++place[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return out;
}

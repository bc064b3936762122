/** Scratch memory for batches: one array that grows to the largest batch seen and is then reused. */
export function growingScratch(): (size: number) => Float64Array {
  let memory = new Float64Array(0);
  return (size) => {
    if (memory.length < size) memory = new Float64Array(size);
    return memory;
  };
}

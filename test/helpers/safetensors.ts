import { readFileSync } from "node:fs";

/** A tensor of a safetensors file: its shape and its numbers as float64. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Reads a safetensors file by its definition, apart from the library's own reader. */
export function readStoredTensors(path: string): Record<string, StoredTensor> {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  const readers: Record<string, [size: number, read: (at: number) => number]> = {
    F32: [4, (at) => bytes.readFloatLE(at)],
    F64: [8, (at) => bytes.readDoubleLE(at)],
    I32: [4, (at) => bytes.readInt32LE(at)],
    I64: [8, (at) => Number(bytes.readBigInt64LE(at))],
  };
  return Object.fromEntries(
    Object.entries(header).map(([name, entry]) => {
      const { dtype, shape, data_offsets } = entry as {
        dtype: string;
        shape: number[];
        data_offsets: [number, number];
      };
      const [size, read] = readers[dtype]!;
      const [start, end] = data_offsets;
      const data = Float64Array.from({ length: (end - start) / size }, (_, i) =>
        read(8 + length + start + i * size),
      );
      return [name, { shape, data }];
    }),
  );
}

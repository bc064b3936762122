/** A named array of numbers as a file holds it, and the table of all of them. */

/** A named, dense, row-major array, converted to float64. */
export interface Tensor {
  readonly name: string;
  /** Sizes of the axes; `[]` for a single number. */
  readonly shape: readonly number[];
  /** The number format in the file, in the file's own words: `"F32"` (safetensors), `"<f4"` (npy). */
  readonly dtype: string;
  /** The numbers, last axis fastest. */
  readonly data: Float64Array;
}

/** What the header says of a tensor: no numbers. */
export type TensorHeader = Omit<Tensor, "data">;

/** A tensor to be written. */
export interface TensorLike {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Formats that hold tensors. */
export type TensorFormat =
  | "safetensors"
  | "npz"
  | "npy"
  | "torch"
  | "pickle"
  | "matlab"
  | "hdf5"
  | "keras"
  | "tfjs"
  | "onnx";

/** All of them. */
export const tensorFormats = [
  "safetensors",
  "npz",
  "npy",
  "torch",
  "pickle",
  "matlab",
  "hdf5",
  "keras",
  "tfjs",
  "onnx",
] as const satisfies readonly TensorFormat[];

/** Every tensor of one file. */
export interface TensorTable {
  readonly format: TensorFormat;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Free text of the file (safetensors `__metadata__`; texts and numbers of a pickle, texts of a MATLAB file). */
  readonly metadata: Readonly<Record<string, string>>;
  /** What was skipped or rounded, one sentence each. */
  readonly notes: readonly string[];
}

/** The same without the numbers. */
export interface TensorHeaders {
  readonly format: TensorFormat;
  readonly tensors: ReadonlyMap<string, TensorHeader>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Product of the sizes; `undefined` when a size is no whole number or the product passes 2^53. */
export function countOf(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** `[3, 5]`: the place of a flat index in a shape. */
export function placeOf(flat: number, shape: readonly number[]): number[] {
  const place = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = flat % shape[axis];
    flat = Math.floor(flat / shape[axis]);
  }
  return place;
}

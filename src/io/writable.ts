import { describe, fail } from "../core/check.js";
import { quote, shapeText } from "./fileError.js";
import { countOf, type TensorLike } from "./tensor.js";

/** How numbers are written: `"F64"` keeps every bit, `"F32"` halves the file. */
export type WriteType = "F64" | "F32";

/**
 * The tensors to write, in order of name, after checking names, shapes and, for F32, the range.
 * Throws an ArgumentError that names the writer and the tensor.
 */
export function writable(where: string, tensors: Iterable<TensorLike>, dtype: WriteType): TensorLike[] {
  if (dtype !== "F64" && dtype !== "F32")
    fail(where, `dtype is ${describe(dtype)}, expected one of F64, F32`);
  if (tensors === null || typeof tensors !== "object" || !(Symbol.iterator in tensors))
    fail(where, `tensors must be a list of { name, shape, data }, got ${describe(tensors)}`);
  const list = [...tensors];
  const names = new Set<string>();
  for (const tensor of list) {
    if (typeof tensor?.name !== "string" || !Array.isArray(tensor.shape) || tensor.data?.length === undefined)
      fail(where, `tensors must be a list of { name, shape, data }, got ${describe(tensor)} in it`);
    const { name, shape, data } = tensor;
    if (names.has(name)) fail(where, `two tensors are called ${quote(name)}`);
    names.add(name);
    if (countOf(shape) !== data.length)
      fail(
        where,
        `tensor ${quote(name)} has ${data.length} numbers, its shape ${shapeText(shape)} asks for ${countOf(shape) ?? "no possible count"}`,
      );
    if (dtype === "F32")
      for (let i = 0; i < data.length; i++)
        if (Number.isFinite(data[i]) && !Number.isFinite(Math.fround(data[i])))
          fail(where, `tensor ${quote(name)} holds ${data[i]} at ${i}, which F32 cannot hold`);
  }
  return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

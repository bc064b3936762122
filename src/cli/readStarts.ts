import { existsSync } from "node:fs";
import { FileError, readTensors, type Tensor } from "../io/index.js";

/** States from `FILE` or `FILE:TENSOR`: rows of `dimension`, flat. The tensor may be left out when only one fits. */
export async function readStarts(place: string, dimension: number): Promise<Float64Array> {
  if (place === "") throw new FileError("--starts is empty, expected FILE or FILE:TENSOR");
  const { file, name } = splitPlace(place);
  const table = await readTensors(file);
  const fits = [...table.tensors.values()].filter((t) => t.shape.at(-1) === dimension && t.shape.length >= 2);
  const listed = [...table.tensors.values()].map((t) => `${t.name} [${t.shape.join(", ")}]`).join(", ");
  if (name === undefined) {
    if (fits.length === 1) return checked(file, fits[0]);
    throw new FileError(
      `${file}: ${fits.length === 0 ? "no" : "more than one"} tensor has rows of ${dimension} numbers; name one as ${file}:TENSOR (it has ${listed})`,
    );
  }
  const tensor = table.tensors.get(name);
  if (tensor === undefined)
    throw new FileError(`${file}: no tensor ${JSON.stringify(name)}, expected one of ${listed}`);
  if (tensor.shape.at(-1) !== dimension)
    throw new FileError(
      `${file}: tensor ${JSON.stringify(name)} has shape [${tensor.shape.join(", ")}], expected rows of ${dimension} (the system's dimension)`,
    );
  return checked(file, tensor);
}

/** `FILE:TENSOR` in two: the longest beginning that is a file, or all before the first colon after the drive. */
export function splitPlace(place: string): { file: string; name?: string } {
  if (existsSync(place)) return { file: place };
  for (let colon = place.lastIndexOf(":"); colon > 0; colon = place.lastIndexOf(":", colon - 1))
    if (existsSync(place.slice(0, colon)))
      return { file: place.slice(0, colon), name: place.slice(colon + 1) };
  const last = place.lastIndexOf(":");
  return last > 0 ? { file: place.slice(0, last), name: place.slice(last + 1) } : { file: place };
}

/** The tensor's rows, if there are any and all numbers are finite. */
function checked(file: string, tensor: Tensor): Float64Array {
  const where = `${file}: tensor ${JSON.stringify(tensor.name)}`;
  if (tensor.data.length === 0) throw new FileError(`${where} is empty, expected at least one row`);
  const bad = tensor.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0)
    throw new FileError(`${where} holds ${tensor.data[bad]} at position ${bad}, expected finite numbers`);
  return tensor.data;
}

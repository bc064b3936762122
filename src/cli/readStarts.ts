import { existsSync } from "node:fs";
import { FileError, readTensors } from "../io/index.js";

/** States from `FILE` or `FILE:TENSOR`: rows of `dimension`, flat. The tensor may be left out when only one fits. */
export async function readStarts(place: string, dimension: number): Promise<Float64Array> {
  const { file, name } = split(place);
  const table = await readTensors(file);
  const fits = [...table.tensors.values()].filter((t) => t.shape.at(-1) === dimension && t.shape.length >= 2);
  const listed = [...table.tensors.values()].map((t) => `${t.name} [${t.shape.join(", ")}]`).join(", ");
  if (name === undefined) {
    if (fits.length === 1) return fits[0].data;
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
  return tensor.data;
}

/** The last colon parts file and tensor, unless the whole is a file. */
function split(place: string): { file: string; name?: string } {
  const colon = place.lastIndexOf(":");
  if (colon <= 0 || existsSync(place)) return { file: place };
  return { file: place.slice(0, colon), name: place.slice(colon + 1) };
}

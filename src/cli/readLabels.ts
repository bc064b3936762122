import { FileError, readTensors } from "../io/index.js";
import { splitPlace } from "./readStarts.js";

/** One number per memory from `FILE` or `FILE:TENSOR`. The tensor may be left out when only one has `count` numbers. */
export async function readLabels(place: string, count: number): Promise<Float64Array> {
  if (place === "") throw new FileError("--labels is empty, expected FILE or FILE:TENSOR");
  const { file, name } = splitPlace(place);
  const { tensors } = await readTensors(file);
  const listed = [...tensors.values()].map((t) => `${t.name} [${t.shape.join(", ")}]`).join(", ");
  if (name === undefined) {
    const fits = [...tensors.values()].filter((t) => t.data.length === count);
    if (fits.length === 1) return fits[0].data;
    throw new FileError(
      `${file}: ${fits.length === 0 ? "no" : "more than one"} tensor has ${count} numbers; name one as ${file}:TENSOR (it has ${listed})`,
    );
  }
  const tensor = tensors.get(name);
  if (tensor === undefined)
    throw new FileError(`${file}: no tensor ${JSON.stringify(name)}, expected one of ${listed}`);
  if (tensor.data.length !== count)
    throw new FileError(
      `${file}: tensor ${JSON.stringify(name)} has shape [${tensor.shape.join(", ")}], expected ${count} numbers (one label per memory)`,
    );
  return tensor.data;
}

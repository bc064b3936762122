import { decodeNumbers, type NumberKind, widthOf } from "./decode.js";
import { failFile, quote, shapeText } from "./fileError.js";
import type { Hdf5Reader } from "./hdf5Reader.js";
import type { Hdf5Contents } from "./hdf5Walk.js";
import { threadReader } from "./nodeHdf5.js";
import { pageReader } from "./pageHdf5.js";
import { countOf, type Tensor, type TensorTable } from "./tensor.js";

const kinds: Readonly<Record<string, NumberKind>> = {
  float64: "f8",
  float32: "f4",
  float16: "f2",
  bfloat16: "bf2",
  int64: "i8",
  int32: "i4",
  int16: "i2",
  int8: "i1",
  uint64: "u8",
  uint32: "u4",
  uint16: "u2",
  uint8: "u1",
};

/**
 * Every array of numbers of a HDF5 file, such as Keras writes (`.h5`), by its path; texts kept as attributes are
 * metadata: those of the file by their name, others as `path@name`.
 *
 * The optional package h5wasm (the HDF5 library, compiled to WebAssembly) reads it. In Node it runs on a thread that is
 * ended after about 1.5 seconds or when it asks for much more memory than the file has bytes.
 *
 * Failure: rejects with a FileError, one line; also when h5wasm is not installed. O(bytes), and about 0.3 s to start.
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 */
export async function readHdf5(
  bytes: Uint8Array,
  file = "hdf5",
  reader: Hdf5Reader | undefined = undefined,
): Promise<TensorTable> {
  const own = reader ?? threadReader() ?? pageReader();
  try {
    return tableOf(await own.read(bytes, file), file);
  } finally {
    if (reader === undefined) own.close();
  }
}

function tableOf(contents: Hdf5Contents, file: string): TensorTable {
  const tensors = new Map<string, Tensor>();
  const notes = [...contents.notes];
  for (const { name, shape, dtype, bytes } of contents.arrays) {
    const kind = kinds[dtype];
    const count = countOf(shape);
    if (count === undefined || bytes.length !== count * widthOf(kind))
      failFile(file, `dataset ${quote(name)} has ${bytes.length} bytes, expected shape ${shapeText(shape)}`);
    const { data, rounded } = decodeNumbers(bytes, 0, count, kind);
    if (rounded > 0)
      notes.push(`dataset ${quote(name)}: integers beyond 2^53 were rounded to float64 (${rounded} of them)`);
    tensors.set(name, { name, shape, dtype, data });
  }
  const metadata = new Map<string, string>();
  for (const { path, name, values } of contents.texts)
    metadata.set(
      path === "" ? name : `${path}@${name}`,
      values.length === 1 ? values[0] : JSON.stringify(values),
    );
  return { format: "hdf5", tensors, metadata: Object.fromEntries(metadata), notes };
}

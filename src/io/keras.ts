import { failFile, quote } from "./fileError.js";
import { readHdf5 } from "./hdf5.js";
import type { Hdf5Reader } from "./hdf5Reader.js";
import { decodeText, parseJson } from "./strictJson.js";
import type { TensorTable } from "./tensor.js";
import { readZip, unpack, type ZipEntry } from "./zip.js";

/** The file of weights in a `.keras` archive. */
const weightsName = "model.weights.h5";

/** Whether a zip archive's entries are those of a `.keras` file. */
export function isKerasArchive(names: readonly string[]): boolean {
  return names.includes(weightsName);
}

/**
 * Reads a `.keras` file (Keras 3, or Keras 2.12 on): a zip archive of the weights (HDF5, see {@link readHdf5}), the
 * model's configuration and a few words about its making.
 *
 * Failure: rejects with a FileError, one line; an entry that would unpack to more than 16 times the file and 8 MiB is
 * refused. O(bytes).
 *
 * @param bytes - the whole file
 * @param file - its name, for messages
 */
export async function readKeras(
  bytes: Uint8Array,
  file = "keras",
  reader: Hdf5Reader | undefined = undefined,
): Promise<TensorTable> {
  const entries = new Map(readZip(bytes, file).map((entry) => [entry.name, entry]));
  const most = 16 * bytes.length + 2 ** 23;
  const read = (entry: ZipEntry): Uint8Array => {
    if (entry.size > most)
      failFile(
        file,
        `zip entry ${quote(entry.name)} declares ${entry.size} bytes, far more than the file has`,
      );
    return unpack(entry, () => entry.size, file);
  };
  const weights = entries.get(weightsName);
  if (!weights) return failFile(file, `is a zip archive without ${weightsName}, so no Keras file`);
  const metadata: Record<string, string> = {};
  const config = entries.get("config.json");
  if (config) metadata.model_config = decodeText(read(config), file, "config.json");
  const about = entries.get("metadata.json");
  if (about) {
    const value = parseJson(decodeText(read(about), file, "metadata.json"), file, "metadata.json");
    const version = (value as { keras_version?: unknown } | null)?.keras_version;
    if (typeof version === "string") metadata.keras_version = version;
  }
  const table = await readHdf5(read(weights), `${file}: ${weightsName}`, reader);
  return { ...table, format: "keras", metadata: { ...table.metadata, ...metadata } };
}

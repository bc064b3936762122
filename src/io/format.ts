import { failFile } from "./fileError.js";
import { isKerasArchive } from "./keras.js";
import { type TensorFormat, tensorFormats } from "./tensor.js";
import { isTfjsModel } from "./tfjs.js";
import { isLegacyTorch, torchPickleName } from "./torch.js";
import { readZip } from "./zip.js";

/** Formats that {@link detectFormat} tells apart. */
export type Format = TensorFormat | "json";

const advice = {
  oldTorch:
    "is a PyTorch file older than PyTorch 0.2 (a tar archive), which is not read; load it with PyTorch and save it anew",
  matlab73: 'is a MATLAB 7.3 file, which is not read; save it with save(..., "-v7")',
  gzip: "is a gzip file; unpack it first",
} as const;

/**
 * The format of a file, by its first bytes; the name decides only where they do not. Formats that are known
 * but not read are refused with a way to convert them. O(1), or O(bytes) for JSON.
 */
export function detectFormat(bytes: Uint8Array, file: string): Format {
  const starts = (text: string, at = 0) => {
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  };
  if (bytes.length === 0) failFile(file, "is empty");
  if (starts("PK\x03\x04") || starts("PK\x05\x06")) {
    const names = readZip(bytes, file).map((entry) => entry.name);
    return torchPickleName(names) !== undefined ? "torch" : isKerasArchive(names) ? "keras" : "npz";
  }
  if (starts("\x93NUMPY")) return "npy";
  if (starts("\x89HDF\r\n\x1a\n")) return "hdf5";
  if (starts("MATLAB 7.3")) failFile(file, advice.matlab73);
  if (starts("MATLAB 5.0")) return "matlab";
  if (starts("\x1f\x8b")) failFile(file, advice.gzip);
  // Before JSON and pickle, whose first bytes a length may resemble.
  if (looksLikeSafetensors(bytes)) return "safetensors";
  if (isLegacyTorch(bytes)) return "torch";
  if (starts("\x80") && bytes[1] >= 1 && bytes[1] <= 5) return "pickle";
  if (firstCharacter(bytes) === "{") return isTfjsModel(new TextDecoder().decode(bytes)) ? "tfjs" : "json";
  if (starts("{", 8)) return "safetensors";
  if (starts("ustar", 257)) failFile(file, advice.oldTorch);
  if (oldPickle.test(String.fromCharCode(...bytes.subarray(0, 200)))) return "pickle";
  const extension = /\.([a-z0-9]+)$/i.exec(file)?.[1]?.toLowerCase();
  // Protobuf: field 1 (ir_version, a small number), then a field ONNX has.
  if (bytes[0] === 0x08 && bytes[1] < 32 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2]))
    return "onnx";
  const known = [...tensorFormats, "json"] as const;
  const named = known.find((format) => format === extension);
  if (named !== undefined) return named;
  if (extension === "pkl") return "pickle";
  if (extension === "h5") return "hdf5";
  const hex = Array.from(bytes.subarray(0, 8), (b) => b.toString(16).padStart(2, "0")).join(" ");
  return failFile(
    file,
    `unknown format (begins with ${hex}), expected safetensors, npz, PyTorch, pickle, MATLAB, HDF5, Keras, TF.js, ONNX or JSON`,
  );
}

/** Whether a file begins with a header of less than 4 GiB, then "{". */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return [4, 5, 6, 7].every((at) => bytes[at] === 0) && bytes[8] === 0x7b;
}

/** How pickles of protocols 0 and 1, which carry no mark, begin. */
const oldPickle =
  /^(\([dl]p?\d*\n|[}\]]q|\(ic?|c(collections|numpy|copy_reg|__builtin__|torch)[\w.]*\n\w+\n)/;

function firstCharacter(bytes: Uint8Array): string | undefined {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at < bytes.length ? String.fromCharCode(bytes[at]) : undefined;
}

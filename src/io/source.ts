import { describe, fail } from "../core/check.js";
import { FileError } from "./fileError.js";
import { readFileBytes } from "./node.js";

/** Where weights come from: a path (Node), bytes, or a file a user picked in a browser. */
export type Source = string | Uint8Array | ArrayBuffer | Blob;

/** The bytes of a source, and what messages call it. */
export async function loadSource(
  where: string,
  source: Source,
  name?: string,
): Promise<{ bytes: Uint8Array; file: string }> {
  if (typeof source === "string") return { bytes: await readFileBytes(source), file: name ?? source };
  if (source instanceof Uint8Array) return { bytes: source, file: name ?? "bytes" };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), file: name ?? "bytes" };
  if (typeof Blob !== "undefined" && source instanceof Blob) {
    const file = name ?? (source as { name?: string }).name ?? "blob";
    try {
      return { bytes: new Uint8Array(await source.arrayBuffer()), file };
    } catch (error) {
      throw new FileError(`${file}: cannot be read (${(error as Error).name})`);
    }
  }
  return fail(
    where,
    `source is ${describe(source)}, expected a path, a Uint8Array, an ArrayBuffer or a Blob`,
  );
}

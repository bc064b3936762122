import { describe, fail } from "../core/check.js";
import { FileError, failFile, quote } from "./fileError.js";
import { fileSize, readFileBytes, readFileRange, readSibling } from "./node.js";

/** A file's bytes with its name. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Where weights come from: a path (Node), bytes, a file a user picked in a browser, or a list of files that belong
 * together (a TF.js `model.json` and its shards, an ONNX file and its external data).
 */
export type Source = string | Uint8Array | ArrayBuffer | Blob | readonly (Blob | NamedBytes)[];

/** A source that was found; nothing of it is read yet. */
export interface Opened {
  /** What messages call it. */
  readonly file: string;
  readonly size: number;
  /** `length` bytes from byte `start` on, or as many as there are. */
  range(start: number, length: number): Promise<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  /** A file that the source names, in the source's own folder or list, of exactly `size` bytes where that is given. */
  sibling(name: string, size?: number): Promise<Uint8Array>;
}

/** The bytes of a source, and what messages call it. */
export async function loadSource(
  where: string,
  source: Source,
  name?: string,
): Promise<{ bytes: Uint8Array; file: string }> {
  const opened = await openSource(where, source, name);
  return { bytes: await opened.bytes(), file: opened.file };
}

/** Finds a source. A FileError when it is not there, an ArgumentError when it is none. */
export async function openSource(where: string, source: Source, name?: string): Promise<Opened> {
  if (typeof source === "string") {
    const file = name ?? source;
    return {
      file,
      size: await fileSize(source),
      range: (start, length) => readFileRange(source, start, length),
      bytes: () => readFileBytes(source),
      sibling: (other, size) => readSibling(source, checkedName(other, file), size, file),
    };
  }
  if (Array.isArray(source)) return openList(where, source as readonly (Blob | NamedBytes)[], name);
  const single = source as Exclude<Source, string | readonly unknown[]>;
  const part = partOf(where, single, name);
  return {
    ...part,
    sibling: async (other) =>
      failFile(
        part.file,
        `refers to the file ${quote(other)}; give the path of the file, or a list of all files that belong to it`,
      ),
  };
}

type Part = Omit<Opened, "sibling">;

function partOf(where: string, source: Uint8Array | ArrayBuffer | Blob, name?: string): Part {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    return {
      file: name ?? "bytes",
      size: bytes.length,
      range: async (start, length) => bytes.subarray(start, start + length),
      bytes: async () => bytes,
    };
  }
  if (typeof Blob !== "undefined" && source instanceof Blob) {
    const file = name ?? (source as { name?: string }).name ?? "blob";
    const read = async (blob: Blob) => {
      try {
        return new Uint8Array(await blob.arrayBuffer());
      } catch (error) {
        throw new FileError(`${file}: cannot be read (${(error as Error).name})`);
      }
    };
    return {
      file,
      size: source.size,
      range: (start, length) => read(source.slice(start, start + length)),
      bytes: () => read(source),
    };
  }
  return fail(
    where,
    `source is ${describe(source)}, expected a path, a Uint8Array, an ArrayBuffer, a Blob, or a list of files`,
  );
}

function openList(where: string, list: readonly (Blob | NamedBytes)[], name?: string): Opened {
  const parts = new Map<string, Part>();
  for (const item of list) {
    const called = (item as { name?: unknown } | null)?.name;
    const bytes = (item as { bytes?: unknown } | null)?.bytes;
    if (typeof called !== "string" || !(item instanceof Blob || bytes instanceof Uint8Array))
      fail(where, `source has ${describe(item)} in its list, expected files or { name, bytes }`);
    const plain = called.replaceAll("\\", "/").replace(/^\.\//, "");
    if (parts.has(plain)) fail(where, `source has two files called ${quote(plain)}`);
    parts.set(plain, partOf(where, item instanceof Blob ? item : (bytes as Uint8Array), called));
  }
  const mains = [...parts.keys()].filter((key) => parts.size === 1 || /\.(json|onnx)$/i.test(key));
  if (mains.length !== 1)
    fail(
      where,
      `source is a list of ${parts.size} files, ${mains.length} of which end in .json or .onnx, expected one`,
    );
  const main = parts.get(mains[0])!;
  const file = name ?? main.file;
  return {
    ...main,
    file,
    async sibling(other, size) {
      const wanted = checkedName(other, file);
      const found = parts.get(wanted) ?? parts.get(wanted.slice(wanted.lastIndexOf("/") + 1));
      if (!found) return failFile(file, `refers to the file ${quote(other)}, which is not in the list`);
      if (size !== undefined && found.size !== size)
        return failFile(
          file,
          `refers to the file ${quote(other)}, which has ${found.size} bytes, expected ${size}`,
        );
      return found.bytes();
    },
  };
}

/** A name inside the folder: no absolute path, no way out of it. */
function checkedName(name: string, file: string): string {
  const parts = name.replace(/^\.\//, "").split("/");
  const bad = parts.some((part) => part === "" || part === "." || part === ".." || /[\\:\0]/.test(part));
  if (bad || name.length > 1000)
    failFile(file, `refers to the file ${quote(name)}, which is not in its own folder; it is not read`);
  return parts.join("/");
}

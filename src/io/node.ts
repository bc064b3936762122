import { FileError, failFile } from "./fileError.js";

/** The bytes of a file that may be there; `undefined` where it is not, or where there is no file system. */
export async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFileBytes(path);
  } catch (error) {
    if (error instanceof FileError && /no such file|no file system/.test(error.message)) return undefined;
    throw error;
  }
}

/**
 * The bytes of a file on disk (Node only). Loaded when a path is given, and by a name that bundlers do not
 * follow, so that the same code runs in a browser.
 *
 * Failure: a FileError that names the path: no such file, a directory, no permission, no file system.
 */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  const specifier = "node:fs/promises";
  let fs: typeof import("node:fs/promises");
  try {
    fs = (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as typeof fs;
  } catch {
    return failFile(path, "there is no file system here; pass the file's bytes");
  }
  try {
    if ((await fs.stat(path)).isCharacterDevice()) failFile(path, "is a device, expected a file");
    return await fs.readFile(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: "no such file",
      EISDIR: "is a directory, expected a file",
      EACCES: "no permission to read it",
      ENOTDIR: "no such file (a part of its path is no directory)",
      ERR_FS_FILE_TOO_LARGE: "is larger than 2 GiB",
    };
    return failFile(path, reasons[code ?? ""] ?? `cannot be read (${message})`);
  }
}

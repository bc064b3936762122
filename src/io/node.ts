import { FileError, failFile, quote } from "./fileError.js";

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
  const fs = await fileSystem(path);
  return explained(path, async () => {
    if ((await fs.stat(path)).isCharacterDevice()) failFile(path, "is a device, expected a file");
    return await fs.readFile(path);
  });
}

/** The size of a file in bytes, 0 for a pipe or a device; fails as {@link readFileBytes} does. */
export async function fileSize(path: string): Promise<number> {
  const fs = await fileSystem(path);
  return explained(path, async () => (await fs.stat(path)).size);
}

/** Some bytes of a regular file, fewer where it ends before; fails as {@link readFileBytes} does. */
export async function readFileRange(path: string, start: number, length: number): Promise<Uint8Array> {
  const fs = await fileSystem(path);
  return explained(path, async () => {
    const { size } = await fs.stat(path);
    const handle = await fs.open(path);
    try {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - start)));
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.subarray(0, at);
    } finally {
      await handle.close();
    }
  });
}

/**
 * The bytes of the file `name` in the folder of `path`, of `size` bytes if that is known. A link that leads out of the
 * folder is not followed.
 */
export async function readSibling(
  path: string,
  name: string,
  size: number | undefined,
  file: string,
): Promise<Uint8Array> {
  const fs = await fileSystem(path);
  const refers = `refers to the file ${quote(name)}, which`;
  try {
    const whole = await fs.realpath(path);
    const folder = whole.slice(0, Math.max(whole.lastIndexOf("/"), whole.lastIndexOf("\\")) + 1);
    const real = await fs.realpath(folder + name);
    if (!real.startsWith(folder)) failFile(file, `${refers} is a link out of its folder; it is not read`);
    const status = await fs.stat(real);
    if (!status.isFile()) failFile(file, `${refers} is no file`);
    if (size !== undefined && status.size !== size)
      failFile(file, `${refers} has ${status.size} bytes, expected ${size}`);
    return await fs.readFile(real);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return failFile(
      file,
      `${refers} ${code === "ENOENT" || code === "ENOTDIR" ? "is not there" : `cannot be read (${message})`}`,
    );
  }
}

async function fileSystem(path: string): Promise<typeof import("node:fs/promises")> {
  const specifier = "node:fs/promises";
  try {
    return (await import(
      /* @vite-ignore */ /* webpackIgnore: true */ specifier
    )) as typeof import("node:fs/promises");
  } catch {
    return failFile(path, "there is no file system here; pass the file's bytes");
  }
}

async function explained<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
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

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Writes a file so that it is there whole or not at all, whatever happens on the way. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.part`;
  const file = openSync(temporary, "w");
  try {
    try {
      writeAll(file, typeof contents === "string" ? Buffer.from(contents) : contents);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  renameSync(temporary, path);
}

/** Writes all bytes: one call may write a part, as on a disk that is nearly full. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

import type { Hdf5Contents } from "./hdf5Walk.js";

/** Reads HDF5 files one after the other; the C library is started anew after a trap, and now and then. */
export interface Hdf5Reader {
  read(bytes: Uint8Array, file: string): Promise<Hdf5Contents>;
  close(): void;
}

/** What is said where h5wasm is not there. */
export const install =
  "is an HDF5 file, which is read through the package h5wasm, and that is not installed: npm install h5wasm";

/** Larger files are refused: the C library's memory is 2 GiB, and holds the file's numbers. */
export const largestFile = 2 ** 30;

/** All numbers and texts of a file together: as for other packed formats. */
export function mostOf(bytes: Uint8Array): number {
  return 16 * bytes.length + 2 ** 23;
}

/** What is said of a file that the C library refuses: its own words, or nothing after a trap. */
export function complaint(message: string | undefined): string {
  return message === undefined
    ? "is an HDF5 file that the HDF5 library cannot read (damaged, or it asks for too much memory)"
    : message.replace(/^error - .*/, "is a damaged HDF5 file: a name in it leads nowhere");
}

/** What is said of a file above {@link largestFile}. */
export function tooLarge(bytes: Uint8Array): string {
  return `is an HDF5 file of ${bytes.length} bytes, expected at most ${largestFile}`;
}

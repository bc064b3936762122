import { writeFileSync } from "node:fs";
import { FileError } from "../io/index.js";

/** Writes a file, or says in one line why not. */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new FileError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those it lies in. One by one: where a file system takes none (/proc), Node's own `recursive` never
 * comes back.
 */
export function makeFolders(path: string): void {
  const whole = resolve(path);
  if (isFolder(whole)) return;
  if (dirname(whole) !== whole) makeFolders(dirname(whole));
  try {
    mkdirSync(whole);
  } catch (error) {
    // Another process may have been quicker.
    if (!isFolder(whole)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

import { pathToFileURL } from "node:url";
import { root } from "./files.js";

/** A built module of `dist`, typed by its source: workers run what is built, so their callers must too. */
export function importBuilt<Module>(path: string): Promise<Module> {
  return import(/* @vite-ignore */ pathToFileURL(`${root}dist/${path}`).href);
}

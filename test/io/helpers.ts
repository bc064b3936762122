import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError } from "../../src/core/check.js";
import { FileError } from "../../src/io/fileError.js";

/** A JSON file of outside values. */
export function oracle(name: string) {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../oracles", `${name}.json`), "utf8"));
}

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** Numbers as the oracle scripts write them. */
export function numbers(list: readonly (number | string)[]): Float64Array {
  return Float64Array.from(list, (v) =>
    v === "-0" ? -0 : v === "inf" ? Infinity : v === "-inf" ? -Infinity : Number(v),
  );
}

/** Bit for bit: NaN equals NaN, -0 differs from 0. */
export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (v, i) => Object.is(v, b[i]));
}

/** The FileError or ArgumentError a call ends in; anything else fails the test. */
export function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error("expected a FileError, but the call succeeded");
}

export async function complaintOf(promise: Promise<unknown>): Promise<string> {
  let outcome: unknown;
  try {
    await promise;
  } catch (error) {
    outcome = error;
  }
  if (outcome === undefined) throw new Error("expected a FileError, but the call succeeded");
  return messageOf(outcome);
}

function messageOf(error: unknown): string {
  if (!(error instanceof FileError || error instanceof ArgumentError)) throw error;
  if (/[\r\n\u2028\u2029]/.test(error.message))
    throw new Error(`not one line: ${JSON.stringify(error.message)}`);
  return error.message;
}

const shared = join(import.meta.dirname, "../../../shared/nets");
/** The path of a shared network's file, or `undefined` where the folder is absent. */
export function sharedNet(...parts: string[]): string | undefined {
  const path = join(shared, ...parts);
  return existsSync(path) ? path : undefined;
}

import { failFile, quote } from "./fileError.js";

const maximumDepth = 64;

/**
 * JSON as a value, or a FileError: also for what `JSON.parse` lets pass, a key given twice in one object
 * (it would silently take the last) and nesting deeper than 64. `what` names the text in the message.
 * O(length).
 */
export function parseJson(text: string, file: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    failFile(file, `${what} is not valid JSON (${(error as Error).message.slice(0, 120)})`);
  }
  const fault = faultOf(text);
  if (fault !== undefined) failFile(file, `${what} ${fault}`);
  return value;
}

/** Walks valid JSON text: `keys` holds one set per open object, `null` per open array. */
function faultOf(text: string): string | undefined {
  const keys: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
      const open = keys.at(-1);
      if (expectKey && open) {
        const key = JSON.parse(text.slice(start, i + 1)) as string;
        if (open.has(key)) return `gives the key ${quote(key)} twice`;
        open.add(key);
        expectKey = false;
      }
    } else if (c === "{" || c === "[") {
      keys.push(c === "{" ? new Set() : null);
      expectKey = c === "{";
      if (keys.length > maximumDepth) return `is nested deeper than ${maximumDepth} levels`;
    } else if (c === "}" || c === "]") {
      keys.pop();
      expectKey = false;
    } else if (c === ",") {
      expectKey = keys.at(-1) !== null;
    }
  }
  return undefined;
}

/** Bytes as text, or a FileError when they are not UTF-8. A byte order mark is dropped. */
export function decodeText(bytes: Uint8Array, file: string, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return failFile(file, `${what} is not UTF-8 text`);
  }
}

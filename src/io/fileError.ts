/**
 * A file that cannot be used: the message is one line that names the file, the tensor, what was found and
 * what was expected. Print `error.message`; the stack is of no use to the one whose file it is.
 */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** Throws a {@link FileError} that says `file: message`, on one line whatever the names in it hold. */
export function failFile(file: string, message: string): never {
  throw new FileError(oneLine(`${file}: ${message}`));
}

/** A name from a file, quoted and shortened, safe to print. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
}

/** A shape as people write it: `[48, 16]`, `[]` for a single number. */
export function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.length > 12 ? `${shape.slice(0, 12).join(", ")}, ...` : shape.join(", ")}]`;
}

/** What a file holds, in a few words: `a [3, 3], b [3] and 4 more`. */
export function listTensors(tensors: Iterable<{ name: string; shape: readonly number[] }>): string {
  const all = [...tensors];
  if (all.length === 0) return "no tensors";
  const shown = all.slice(0, 12).map((t) => `${shortName(t.name)} ${shapeText(t.shape)}`);
  return shown.join(", ") + (all.length > shown.length ? ` and ${all.length - shown.length} more` : "");
}

/** Control characters and line separators written as escapes, so that the text stays on one line. */
export function oneLine(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const unsafe = code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029;
    out += unsafe ? `\\u${code.toString(16).padStart(4, "0")}` : text[i];
  }
  return out;
}

function shortName(name: string): string {
  return name.length > 80 ? `${name.slice(0, 77)}...` : name;
}

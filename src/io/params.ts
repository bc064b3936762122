import { failFile, quote } from "./fileError.js";
import { detectFormat } from "./format.js";
import { readFileIfThere } from "./node.js";
import { loadSource, type Source } from "./source.js";
import { decodeText, parseJson } from "./strictJson.js";
import { readPickle } from "./torch.js";

/** What a file of parameters says: texts, numbers and truth values by dotted path, as text. */
export interface Params {
  readonly facts: Readonly<Record<string, string>>;
  /** Where they are from, for people. */
  readonly from: string;
}

const weightsName = /^(.*)_state_dict(?:_rnn)?\.[A-Za-z0-9]+$/s;

/**
 * The parameters that go with a file of weights: those given, or else those of NAME_params.pkl or NAME_vae_params.pkl
 * beside NAME_state_dict.pkl (or NAME_state_dict_rnn.pkl), where the weights were given as a path. A FileError when
 * both lie there.
 */
export async function loadParams(
  where: string,
  weights: Source,
  given: Source | undefined,
): Promise<Params | undefined> {
  if (given !== undefined) {
    const { bytes, file } = await loadSource(where, given);
    return { facts: factsOf(bytes, file), from: file };
  }
  const stem = typeof weights === "string" ? weightsName.exec(weights)?.[1] : undefined;
  if (stem === undefined) return undefined;
  const found: { bytes: Uint8Array; file: string }[] = [];
  for (const ending of ["_params.pkl", "_vae_params.pkl"]) {
    const file = stem + ending;
    const bytes = await readFileIfThere(file);
    if (bytes !== undefined) found.push({ bytes, file });
  }
  if (found.length > 1)
    failFile(
      String(weights),
      `both ${found.map(({ file }) => quote(lastPart(file))).join(" and ")} lie beside it; give the right one as params`,
    );
  const [{ bytes, file } = { bytes: undefined, file: "" }] = found;
  return bytes && { facts: factsOf(bytes, file), from: `${lastPart(file)}, beside the weights` };
}

/** The facts of a pickle or of a JSON object. */
function factsOf(bytes: Uint8Array, file: string): Readonly<Record<string, string>> {
  const format = detectFormat(bytes, file);
  if (format === "pickle" || format === "torch") return readPickle(bytes, file).metadata;
  if (format !== "json") failFile(file, `is ${format}, expected parameters as a pickle or as JSON`);
  const facts = new Map<string, string>();
  // parseJson limits the depth.
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}.${key}`);
    else if (path !== "") facts.set(path, typeof value === "string" ? value : JSON.stringify(value));
  };
  visit(parseJson(decodeText(bytes, file, "it"), file, "it"), "");
  return Object.fromEntries(facts);
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

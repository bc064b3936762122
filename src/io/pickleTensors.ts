import { decodeNumbers, widthOf } from "./decode.js";
import { failFile, quote } from "./fileError.js";
import { gather } from "./gather.js";
import { PickleArray, PickleObject, type PickleValue } from "./pickleValue.js";
import { countOf, type Tensor } from "./tensor.js";

/** What a pickle holds that a network can be made of. */
export interface PickleContents {
  readonly tensors: Map<string, Tensor>;
  /** Its texts, numbers, booleans and short lists by dotted path, as text; the classes of modules as `class`. */
  readonly facts: Readonly<Record<string, string>>;
  readonly notes: string[];
}

const deepest = 100;
const mostFacts = 2000;
const longestName = 300;
const longestFact = 200;
const longestFactList = 8;

/**
 * Every array by its dotted path, as a state dict names them: the keys of dicts, the places in lists, the
 * attributes of objects; a module's `_parameters`, `_buffers` and `_modules` are not part of the path, and its other
 * private attributes are left out. A container met twice is opened once.
 *
 * Failure: a FileError when containers are nested deeper than 100, or when views blow up to far more numbers than
 * the file has bytes. O(values + numbers).
 *
 * @param length - bytes of the file: the limit on numbers follows from it
 */
export function pickleContents(root: PickleValue, length: number, file: string): PickleContents {
  const tensors = new Map<string, Tensor>();
  const facts = new Map<string, string>();
  const notes: string[] = [];
  const seen = new Set<PickleValue>();
  let numbersLeft = 2 * length + 2 ** 20;

  const addArray = (array: PickleArray, path: string) => {
    const name = path || "array";
    const { raw, shape } = array;
    if (tensors.has(name)) {
      notes.push(`tensor ${quote(name)} comes twice: the first is taken`);
      return;
    }
    if (raw?.kind === undefined) {
      const what = raw?.dtype ?? "no numbers";
      notes.push(
        `tensor ${quote(name)} skipped: ${what === "Python objects" ? what : `numbers of format ${what}`} are not read`,
      );
      return;
    }
    const count = countOf(shape)!;
    const span = count === 0 ? 0 : shape.reduce((sum, n, axis) => sum + (n - 1) * array.strides[axis], 1);
    numbersLeft -= Math.max(count, span);
    if (numbersLeft < 0)
      failFile(file, `tensor ${quote(name)} and those before it have more numbers than the file has bytes`);
    const width = widthOf(raw.kind);
    if (count > 0 && (raw.bytes === undefined || raw.bytes.length < (array.offset + span) * width))
      failFile(file, `tensor ${quote(name)} has no storage in the file`);
    const { data: stored, rounded } =
      count === 0
        ? { data: new Float64Array(0), rounded: 0 }
        : decodeNumbers(raw.bytes!, array.offset * width, span, raw.kind, raw.littleEndian);
    if (rounded > 0)
      notes.push(`tensor ${quote(name)}: integers beyond 2^53 were rounded to float64 (${rounded} of them)`);
    tensors.set(name, { name, shape, dtype: raw.dtype, data: gather(stored, shape, array.strides, count) });
  };

  const addFact = (path: string, text: string) => {
    if (path !== "" && text.length <= longestFact && facts.size < mostFacts && !facts.has(path))
      facts.set(path, text);
  };

  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (value instanceof PickleArray) {
      addArray(value, path);
      return;
    }
    const plain = factOf(value);
    if (plain !== undefined) {
      addFact(path, plain);
      return;
    }
    if (typeof value !== "object" || value === null || value instanceof Uint8Array || seen.has(value)) return;
    if (depth > deepest) failFile(file, `holds objects nested deeper than ${deepest} levels`);
    const inside = (key: PickleValue, inner: PickleValue) => {
      const step = stepOf(key);
      const next = path === "" ? step : `${path}.${step}`;
      if (step === undefined || next === undefined || next.length > longestName) return;
      visit(inner, next, depth + 1);
    };
    seen.add(value);
    if (value instanceof Map) for (const [key, inner] of value) inside(key, inner);
    else if (Array.isArray(value)) {
      const short = shortList(value);
      if (short !== undefined) addFact(path, short);
      else for (const [i, inner] of value.entries()) inside(i, inner);
    } else if (value instanceof PickleObject) {
      const attributes = value.state instanceof Map ? value.state : undefined;
      const module =
        attributes?.get("_parameters") instanceof Map && attributes.get("_modules") instanceof Map;
      if (module) addFact(path === "" ? "class" : `${path}.class`, value.className);
      for (const [key, inner] of attributes ?? []) {
        if (module && moduleParts.has(key as string)) {
          if (inner instanceof Map) for (const [name, part] of inner) inside(name, part);
        } else if (!module || typeof key !== "string" || !key.startsWith("_")) inside(key, inner);
      }
      if (!attributes && value.state !== null) visit(value.state, path, depth + 1);
      for (const [key, inner] of value.entries) inside(key, inner);
      for (const [i, inner] of value.items.entries()) inside(i, inner);
    }
  };
  visit(root, "", 0);
  return { tensors, facts: Object.fromEntries(facts), notes };
}

const moduleParts = new Set(["_parameters", "_buffers", "_modules"]);

function stepOf(key: PickleValue): string | undefined {
  return typeof key === "string" || typeof key === "number" || typeof key === "bigint"
    ? String(key)
    : undefined;
}

/** A text, a number or a truth value as text. */
function factOf(value: PickleValue): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return String(value);
  return value === null ? "null" : undefined;
}

/** `[20]`, `[0.125, 0.25]`: a list of a few plain values. */
function shortList(list: readonly PickleValue[]): string | undefined {
  if (list.length > longestFactList) return undefined;
  const parts = list.map(factOf);
  return parts.every((part) => part !== undefined) ? `[${parts.join(", ")}]` : undefined;
}

// Compares a value with the comment that documents it. Loaded by the documentation's code blocks while they run.
import { inspect } from "node:util";

const token = /-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|-?Infinity|NaN|\.\.\.|…|[\p{L}_$][\p{L}\p{N}_$]*|\S/giu;
const number = /^-?(?:[\d.]+(?:e[+-]?\d+)?|Infinity|NaN)$/i;
const ellipsis = new Set(["...", "…"]);

/**
 * Whether values look like their documentation, e.g. `[ 0.33, "slow" ]`. Spaces and quotes do not matter, the type
 * in front of a typed array may be left out, `...` stands for anything, and a number, inside a string too, must agree
 * to the digits shown (without a decimal point: to 1e-9).
 */
export function looksLike(values, expected) {
  return matches(tokensOf(shown(values)), tokensOf(expected));
}

/** The text `console.log` would print. */
export function shown(values) {
  const options = { depth: 12, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: null };
  return values.map((value) => (typeof value === "string" ? value : inspect(value, options))).join(" ");
}

/** Throws, naming the line, unless the values look like their documentation. */
export function check(line, values, expected) {
  if (!looksLike(values, expected))
    throw new Error(`line ${line}: got ${shown(values)}, documented as ${expected}`);
}

function tokensOf(text) {
  const untyped = text.replace(/\b(?:Big)?(?:Float|Int|Uint)\d+(?:Clamped)?Array\(\d+\)\s*(?=\[)/g, "");
  return untyped.replace(/['"`]/g, " ").match(token) ?? [];
}

function matches(actual, expected) {
  // reachable[j]: the first j documented tokens describe the actual tokens seen so far.
  let reachable = expected.map(() => false);
  reachable.unshift(true);
  const skip = () => {
    for (let j = 0; j < expected.length; j++)
      if (reachable[j] && ellipsis.has(expected[j])) reachable[j + 1] = true;
  };
  skip();
  for (const part of actual) {
    const next = reachable.map(() => false);
    for (let j = 0; j < expected.length; j++) {
      if (ellipsis.has(expected[j])) next[j] ||= reachable[j];
      else if (reachable[j] && same(part, expected[j])) next[j + 1] = true;
    }
    reachable = next;
    skip();
  }
  return reachable[expected.length];
}

function same(actual, expected) {
  if (actual === expected) return true;
  if (!number.test(actual) || !number.test(expected)) return false;
  const [a, e] = [Number(actual), Number(expected)];
  const [mantissa, exponent = "0"] = expected.toLowerCase().split("e");
  const decimals = mantissa.split(".")[1]?.length;
  const exact = decimals === undefined && !expected.toLowerCase().includes("e");
  const tolerance = exact
    ? 1e-9 * Math.max(1, Math.abs(e))
    : 0.5 * 10 ** (Number(exponent) - (decimals ?? 0));
  return Math.abs(a - e) <= tolerance * (1 + 1e-9);
}

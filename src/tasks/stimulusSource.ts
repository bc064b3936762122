import { checkRows, describe, fail, type Rows } from "../core/check.js";
import type { Random } from "../core/random.js";

/**
 * Where the two-dimensional stimuli of digits 0 and 1 come from: `"gauss"`, the Gaussian surrogate of
 * {@link gaussClasses}, or the points (n x 2) of class 0 and of class 1, drawn with replacement.
 */
export type StimulusSource = "gauss" | readonly [Rows, Rows];

/** A {@link StimulusSource} with its points as flat row-major copies. */
export type ResolvedStimulusSource = "gauss" | readonly [Float64Array, Float64Array];

/** Two classes of random points in the plane. */
export interface StimulusClasses {
  /** The mean of each class, what a network is taught to remember. */
  readonly means: readonly [readonly [number, number], readonly [number, number]];
  /** Fills `out` (n x 2) with independent points of class `digit`. */
  sample(digit: number, random: Random, out: Float64Array): void;
}

/**
 * The Gaussian surrogate for the latent codes of handwritten zeros and ones: mean and standard deviation of each
 * class, along each axis; the two axes are independent.
 */
export const gaussClasses = {
  means: [
    [1.9, -0.2],
    [-1.7, -1.6],
  ],
  deviations: [
    [0.55, 0.7],
    [1.0, 0.7],
  ],
} as const;

/** A source as users write it, checked and copied. */
export function resolveSource(where: string, source: unknown): ResolvedStimulusSource {
  if (source === "gauss") return source;
  if (!Array.isArray(source) || source.length !== 2)
    fail(where, `source is ${describe(source)}, expected "gauss" or [points of class 0, points of class 1]`);
  const points = (digit: number) => {
    const table = checkRows(where, `source[${digit}]`, source[digit], 2, "a point in the plane");
    if (table.count === 0) fail(where, `source[${digit}] is empty, expected at least one point`);
    return table.data;
  };
  return [points(0), points(1)];
}

/** The classes of a source. */
export function classesOf(source: ResolvedStimulusSource): StimulusClasses {
  return source === "gauss" ? { means: gaussClasses.means, sample: sampleGauss } : codeClasses(source);
}

function sampleGauss(digit: number, random: Random, out: Float64Array): void {
  const [m0, m1] = gaussClasses.means[digit];
  const [s0, s1] = gaussClasses.deviations[digit];
  for (let i = 0; i < out.length; i += 2) {
    out[i] = m0 + s0 * random.normal();
    out[i + 1] = m1 + s1 * random.normal();
  }
}

function codeClasses(codes: readonly [Float64Array, Float64Array]): StimulusClasses {
  return {
    means: [meanPoint(codes[0]), meanPoint(codes[1])],
    sample(digit, random, out) {
      const points = codes[digit];
      for (let i = 0; i < out.length; i += 2) {
        const from = 2 * random.integer(points.length / 2);
        out[i] = points[from];
        out[i + 1] = points[from + 1];
      }
    },
  };
}

function meanPoint(points: Float64Array): [number, number] {
  let [x, y] = [0, 0];
  for (let i = 0; i < points.length; i += 2) {
    x += points[i];
    y += points[i + 1];
  }
  return [(2 * x) / points.length, (2 * y) / points.length];
}

import { activation } from "../../cells/activation.js";
import type { CellSpec } from "../../cells/spec.js";
import type { Vector } from "../../core/system.js";
import { advance, dimensionOf, timeOf } from "../equation.js";
import { type Plain, plainAlgebra } from "./plainAlgebra.js";
import { above, below } from "./plainInterval.js";
import {
  excludesZero,
  middle,
  plainImage,
  plainInverse,
  plainNorm,
  plainResidual,
  preconditioned,
} from "./plainSystem.js";
import { checkUnstable } from "./plainUnstable.js";

/** The claims of a certificate, as a proof file states them. */
export interface PointClaim {
  readonly status: "certified" | "refuted" | "undecided";
  readonly state: Vector;
  readonly radius: number;
  readonly uniqueWithin: number;
  readonly unstable: number | null;
  readonly period: number;
  readonly leastPeriod: number | null;
  /** undefined: nothing is claimed. */
  readonly kinkDistance: number | null | undefined;
}

/**
 * Checks one certificate: existence and uniqueness in its balls, the number of growing directions, the least period and
 * the distance from kinks, or the absence of a fixed point. Returns what could not be confirmed; empty when all
 * of it holds. No search: one inverse, a few interval products. O(D^3).
 */
export function checkPoint(spec: CellSpec, input: Vector, claim: PointClaim): string[] {
  const { state, radius, uniqueWithin, period } = claim;
  const d = dimensionOf(spec);
  if (claim.status !== "certified") {
    const { unstable, leastPeriod, kinkDistance } = claim;
    if (uniqueWithin !== 0 || [unstable, leastPeriod, kinkDistance].some((v) => v !== null))
      return ["it claims something of a point that it does not claim to exist"];
    if (claim.status === "undecided")
      return radius === 0 ? [] : ["it claims a radius and leaves the point open"];
  }
  if (!(radius > 0 && Number.isFinite(radius))) return ["its radius is not a positive number"];
  const [low, high] = ball(state, radius);
  if (claim.status === "refuted")
    return isEmpty(spec, input, period, state, radius)
      ? []
      : ["a fixed point within its radius is not excluded"];

  const failures: string[] = [];
  const found = zeroIn(spec, input, period, state, radius);
  if (found) return [found];
  const inverse = inverseAt(spec, input, period, state)!;
  const [wideLow, wideHigh] = ball(state, uniqueWithin);
  const wide = plainResidual(spec, input, period, wideLow, wideHigh);
  if (!(uniqueWithin >= radius && plainNorm(d, preconditioned(d, inverse, wide.by), 1) < 1))
    failures.push("a second fixed point within its radius of uniqueness is not excluded");

  if (claim.unstable !== null) {
    const image = plainImage(spec, input, period, low, high);
    const wrong = checkUnstable(timeOf(spec), d, image.by, claim.unstable);
    if (wrong) failures.push(wrong);
  }
  if (claim.leastPeriod !== null) {
    const least = claim.leastPeriod;
    if (!(least >= 1 && period % least === 0)) failures.push("its least period does not divide its period");
    for (let p = 1; p < least; p++)
      if (least % p === 0 && !excludesZero(plainResidual(spec, input, p, low, high)))
        failures.push(`a period of ${p} is not excluded`);
    // A zero of F^p - x is one of F^k - x, and that is alone as far as uniqueWithin.
    let confirmed = least === period;
    for (let r = radius; !confirmed && r <= uniqueWithin; r *= 4)
      confirmed = zeroIn(spec, input, least, state, r) === undefined;
    if (!confirmed) failures.push(`a period of ${least} is not confirmed`);
  }
  if (claim.kinkDistance !== undefined) {
    const least = leastKinkDistance(spec, input, period, low, high);
    const isOther = (least === null) !== (claim.kinkDistance === null);
    if (isOther || (least ?? 0) < (claim.kinkDistance ?? 0) * (1 - 1e-6) - 1e-12)
      failures.push("its distance from kinks is not confirmed");
  }
  return failures;
}

/** Whether the checker itself finds no zero in a ball. */
function isEmpty(spec: CellSpec, input: Vector, period: number, state: Vector, radius: number): boolean {
  const d = state.length;
  const [low, high] = ball(state, radius);
  const at = plainResidual(spec, input, period, state, state);
  const over = plainResidual(spec, input, period, low, high);
  if (excludesZero(over) || excludesZero(spread(d, at, over.by, radius))) return true;
  const inverse = inverseAt(spec, input, period, state);
  return (
    inverse !== undefined &&
    excludesZero(spread(d, times(d, inverse, at), preconditioned(d, inverse, over.by), radius))
  );
}

/** `G(c) + D (x - c)` over |x - c| <= r. */
function spread(
  d: number,
  at: { readonly lower: Vector; readonly upper: Vector },
  by: { readonly lower: Vector; readonly upper: Vector },
  radius: number,
) {
  const lower = at.lower.slice();
  const upper = at.upper.slice();
  for (let i = 0; i < d; i++) {
    let sum = 0;
    for (let p = i * d; p < (i + 1) * d; p++)
      sum = above(sum + Math.max(Math.abs(by.lower[p]), Math.abs(by.upper[p])));
    const reach = above(sum * radius);
    lower[i] = below(lower[i] - reach);
    upper[i] = above(upper[i] + reach);
  }
  return { lower, upper };
}

/** Whether Krawczyk's test shows a zero in a ball; why not, if it does not. */
function zeroIn(
  spec: CellSpec,
  input: Vector,
  period: number,
  state: Vector,
  radius: number,
): string | undefined {
  const d = state.length;
  const inverse = inverseAt(spec, input, period, state);
  if (!inverse) return "the derivative at its state has no inverse";
  const step = times(d, inverse, plainResidual(spec, input, period, state, state));
  let shift = 0;
  for (let i = 0; i < d; i++) {
    const size = Math.max(Math.abs(step.lower[i]), Math.abs(step.upper[i]));
    shift = Math.max(shift, size); // NaN stays
  }
  const [low, high] = ball(state, radius);
  const z = plainNorm(d, preconditioned(d, inverse, plainResidual(spec, input, period, low, high).by), 1);
  return z < 1 && above(shift + above(z * radius)) <= radius
    ? undefined
    : "a fixed point within its radius is not confirmed";
}

function inverseAt(spec: CellSpec, input: Vector, period: number, state: Vector) {
  return plainInverse(state.length, middle(plainResidual(spec, input, period, state, state).by));
}

function times(d: number, a: Vector, v: { readonly lower: Vector; readonly upper: Vector }) {
  const lower = new Float64Array(d);
  const upper = new Float64Array(d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) {
      const w = a[i * d + j];
      const p = w * v.lower[j];
      const q = w * v.upper[j];
      lower[i] = below(lower[i] + below(Math.min(p, q)));
      upper[i] = above(upper[i] + above(Math.max(p, q)));
    }
  return { lower, upper };
}

/** A box that holds the ball of a radius. */
function ball(centre: Vector, radius: number): [Vector, Vector] {
  return [centre.map((c) => below(c - radius)), centre.map((c) => above(c + radius))];
}

function leastKinkDistance(
  spec: CellSpec,
  input: Vector,
  period: number,
  low: Vector,
  high: Vector,
): number | null {
  let least: number | null = null;
  const algebra = plainAlgebra(dimensionOf(spec));
  const watching = {
    ...algebra,
    activate(name: Parameters<typeof algebra.activate>[0], a: Plain): Plain {
      for (const kink of activation(name).kinks)
        for (let i = 0; i < a.lower.length; i++) {
          const distance = Math.max(a.lower[i] - kink, kink - a.upper[i], 0);
          if (least === null || distance < least) least = distance;
        }
      return algebra.activate(name, a);
    },
  };
  let x: Plain = { lower: low, upper: high };
  for (let k = 0; k < period; k++) x = advance(spec, watching, x, { lower: input, upper: input });
  return least;
}

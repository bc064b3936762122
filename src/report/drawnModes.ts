import { linearize } from "../analysis/linearize.js";
import type { Mode } from "../analysis/modes.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import type { SlowDirection } from "./axisChoices.js";

/** Modes drawn per point, at most: growing ones, and the slowest of the others. */
const mostGrowing = 4;
const mostSlow = 2;

/** A growth rate within this of zero neither grows nor decays. */
const neutral = 1e-9;

/**
 * The modes of a point that are worth an arrow: those that grow, fastest first, then the slowest of the others; none
 * where the Jacobian is not finite. A pair counts once. One eigen-decomposition, O(D^3).
 */
export function drawnModes(system: DynamicalSystem, state: Vector, input: Vector): Mode[] {
  const { slowModes } = linearize(system, state, { input, slowModes: system.dimension });
  const growing = slowModes.filter((m) => m.exponent.real > neutral);
  const others = slowModes.filter((m) => m.exponent.real <= neutral);
  growing.sort((a, b) => b.exponent.real - a.exponent.real);
  return [...growing.slice(0, mostGrowing), ...others.slice(0, mostSlow)];
}

/** The slowest modes of a point as axes: two for a pair, for its amplitude's real and imaginary part. */
export function slowDirections(modes: readonly Mode[], origin: Vector, at: string): SlowDirection[] {
  const slowestFirst = [...modes].sort((a, b) => Math.abs(a.exponent.real) - Math.abs(b.exponent.real));
  return slowestFirst.slice(0, 2).flatMap((mode, k) => {
    const label = `slow mode ${k + 1} of ${at}`;
    if (mode.eigenvalue.imaginary === 0) return [{ origin, weights: mode.left.real, label }];
    // w^H dx: the imaginary part has the sign of -Im w.
    return [
      { origin, weights: mode.left.real, label: `${label}, real part` },
      { origin, weights: mode.left.imaginary.map((v) => -v), label: `${label}, imaginary part` },
    ];
  });
}

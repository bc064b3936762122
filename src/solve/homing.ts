import type { Vector } from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { inverseIteration } from "./polish.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** The way of a search to the known zero it is drawn to, if it is drawn to one. */
export interface Homing {
  /**
   * From x with residual r and this q: moves x and r down to where it knows no better, and returns q there. With `arrived`
   * the search is over, and x is a known zero.
   */
  descend(x: Vector, r: Vector, q: number): number;
  arrived: boolean;
  /** |gradient of q| there. */
  gradientNorm: number;
  /** Whether the nearest known zero lies on a line of slow states. */
  onLine: boolean;
}

/** How close to a zero the linear model must lead a search to end it there, at most and at least; relative to unit + |zero|. */
const widest = 1e-2;
const reach = 1e-7;
/** Share of its least singular value that J* may change by within that distance: twice as far off it is still regular. */
const firm = 0.25;
/** A chord that does not lead this close to the zero, as a share of the way there, is not worth its residual. */
const worthwhile = 0.5;
/** A chord must bring q down to this share, else the way does not lead there. */
const gain = 0.25;

/** J* squeezes a direction to less than this share of the mean: along it, zeros and slow states may lie in a row. */
const narrow = 0.05;

/** Numbers kept in factorisations: 32 MiB. Zeros beyond them are not used. */
const kept = 1 << 22;

/** The linear model at a known zero. */
interface Home {
  readonly x: Vector;
  readonly lu: Float64Array;
  readonly pivots: Int32Array;
  readonly regular: boolean;
  /** The direction that J* squeezes most, if it is narrow. */
  readonly weak: Vector | undefined;
  readonly q: number;
  /** |gradient of q|. */
  readonly gradientNorm: number;
  readonly near: number;
}

/**
 * Chords `x - J*^-1 r(x)` with the Jacobian at the nearest known zero x*: as they come nearer they converge quadratically,
 * at the price of a residual and O(n^2) each, without a factorisation. Each must point at x* and lower q; a search has
 * arrived when r is linear from here to x* to within a distance at which no other zero can be, as J* stays regular there
 * along its weakest direction. So no zero is taken for another one, and a search that is not drawn to x* goes on by its own
 * method.
 *
 * Where J* nearly vanishes along one direction, as on a line of slow states, a chord without its part along it brings the
 * search down to the line first.
 *
 * The factorisations are made when first needed, O(n^3) each. Undefined where no zeros are known.
 */
export function createHoming(problem: Problem): Homing | undefined {
  const { dimension: n, known } = problem;
  if (!known?.states.length) return undefined;
  const { states, unit } = known;
  const count = Math.min(states.length / n, Math.ceil(kept / (n * n)));
  const squares = Float64Array.from({ length: count }, (_, k) => norm(row(k)) ** 2);
  const products = new Float64Array(count);
  const homes: Home[] = [];
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);

  function row(k: number): Vector {
    return states.subarray(k * n, (k + 1) * n);
  }

  function nearest(x: Vector): number {
    kernel.gemv(count, n, states, x, products);
    let best = 0;
    let least = Infinity;
    for (let k = 0; k < count; k++) {
      const d = squares[k] - 2 * products[k];
      if (d < least) {
        least = d;
        best = k;
      }
    }
    return best;
  }

  function settle(k: number): Home {
    const x = row(k);
    const lu = new Float64Array(n * n);
    const pivots = new Int32Array(n);
    problem.residual(x, trialResidual);
    problem.jacobian(x, lu);
    const jacobian = lu.slice();
    kernel.gemvTransposed(n, n, jacobian, trialResidual, step);
    const gradientNorm = norm(step);
    const q = halfSquare(trialResidual);
    const regular = Math.abs(kernel.luFactor(n, lu, pivots)) === 1;
    const weak = new Float64Array(n);
    const least = regular ? inverseIteration(n, lu, pivots, weak) : 0;
    // How far along the weakest direction, on both sides, J stays regular, so that no other zero can be there. And whether J
    // changes at all: where it does not, the equations are linear in pieces, and a line ends at a kink.
    const there = new Float64Array(n * n);
    const scale = unit + norm(x);
    let near = widest * scale;
    let isFirm = !regular;
    let bends = false;
    while (!isFirm && near > reach * scale) {
      isFirm = true;
      for (const side of [-near, near]) {
        for (let i = 0; i < n; i++) trial[i] = x[i] + side * weak[i];
        problem.jacobian(trial, there);
        for (let i = 0; i < n * n; i++) there[i] -= jacobian[i];
        kernel.gemv(n, n, there, weak, step);
        isFirm &&= norm(step) <= firm * least;
        bends ||= norm(there) > 0;
      }
      if (!isFirm) near /= 4;
    }
    const isNarrow = bends && Math.sqrt(n) * least < narrow * norm(jacobian);
    return { x, lu, pivots, regular, weak: isNarrow ? weak : undefined, q, gradientNorm, near };
  }

  const homing: Homing = {
    arrived: false,
    gradientNorm: Number.NaN,
    onLine: false,
    descend(x, r, q) {
      homing.arrived = false;
      const k = nearest(x);
      const home = (homes[k] ??= settle(k));
      homing.onLine = home.weak !== undefined;
      while (home.regular) {
        for (let i = 0; i < n; i++) step[i] = -r[i];
        kernel.luSolve(n, home.lu, home.pivots, step);
        const miss = distance(x, home.x, step, 1);
        const isDrawn = miss <= worthwhile * distance(x, home.x, step, 0);
        if (isDrawn && miss <= home.near) {
          homing.arrived = true;
          homing.gradientNorm = home.gradientNorm;
          x.set(home.x);
          return home.q;
        }
        if (!isDrawn) {
          if (!home.weak) return q;
          let along = 0;
          for (let i = 0; i < n; i++) along += step[i] * home.weak[i];
          for (let i = 0; i < n; i++) step[i] -= along * home.weak[i];
        }
        for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
        clampToBox(problem, trial);
        problem.residual(trial, trialResidual);
        const trialQ = halfSquare(trialResidual);
        if (!(trialQ < gain * q)) return q;
        x.set(trial);
        r.set(trialResidual);
        q = trialQ;
      }
      return q;
    },
  };
  return homing;
}

/** |x + share * step - y|. */
function distance(x: Vector, y: Vector, step: Vector, share: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] + share * step[i] - y[i]) ** 2;
  return Math.sqrt(sum);
}

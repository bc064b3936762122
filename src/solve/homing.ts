import type { Vector } from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** Zeros found before, which a search may end in. */
export interface KnownZeros {
  /** Rows. */
  readonly states: Float64Array;
  /** A search has arrived when the linear model leads it this close to a zero, relative to unit + |zero|. */
  readonly reach: number;
  /** The size of a typical state. */
  readonly unit: number;
}

/** The way of a search to the known zero it is drawn to, if it is drawn to one. */
export interface Homing {
  /**
   * From x with residual r and this q: moves x and r down to where it knows no better, and returns q there. With `arrived`
   * the search is over, and x is a known zero.
   */
  descend(x: Vector, r: Vector, q: number): number;
  readonly arrived: boolean;
  /** |gradient of q| at the zero arrived at. */
  readonly gradientNorm: number;
}

/** A chord that does not lead this close to the zero, as a share of the way there, is not worth its residual. */
const worthwhile = 0.5;
/** A chord must divide q by this much, else the way does not lead there. */
const gain = 0.25;

/** Numbers kept in factorisations: 32 MiB. Zeros beyond them are not used. */
const kept = 1 << 22;

/** The linear model at a known zero. */
interface Home {
  readonly x: Vector;
  readonly lu: Float64Array;
  readonly pivots: Int32Array;
  readonly regular: boolean;
  readonly q: number;
  readonly gradientNorm: number;
  readonly reach: number;
}

/**
 * Chords `x - J*^-1 r(x)` with the Jacobian at the nearest known zero x*: as they come nearer they converge
 * quadratically, at the price of a residual and O(n^2) each, without a factorisation. Each must divide q by ten; a search has
 * arrived when r is linear from here to x* to within the reach. So no zero is taken for another one that lies farther
 * off than the reach, and a search that is not drawn to x* goes on by its own method.
 *
 * The factorisations are made when first needed, O(n^3) each. Undefined where no zeros are known.
 */
export function createHoming(problem: Problem): Homing | undefined {
  const { dimension: n, known } = problem;
  const count = Math.min((known?.states.length ?? 0) / n, Math.floor(kept / (n * n)));
  if (known === undefined || count === 0) return undefined;
  const { states, reach, unit } = known;
  const squares = Float64Array.from({ length: count }, (_, k) => norm(row(k)) ** 2);
  const products = new Float64Array(count);
  const homes: Home[] = [];
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  let arrived = false;
  let gradientNorm = Number.NaN;

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
    kernel.gemvTransposed(n, n, lu, trialResidual, trial);
    const sign = kernel.luFactor(n, lu, pivots);
    return {
      x,
      lu,
      pivots,
      regular: sign === 1 || sign === -1,
      q: halfSquare(trialResidual),
      gradientNorm: norm(trial),
      reach: reach * (unit + norm(x)),
    };
  }

  return {
    get arrived() {
      return arrived;
    },
    get gradientNorm() {
      return gradientNorm;
    },
    descend(x, r, q) {
      arrived = false;
      const k = nearest(x);
      const home = (homes[k] ??= settle(k));
      if (!home.regular) return q;
      let distance = 0;
      for (let i = 0; i < n; i++) distance += (x[i] - home.x[i]) ** 2;
      distance = Math.sqrt(distance);
      for (;;) {
        for (let i = 0; i < n; i++) step[i] = -r[i];
        kernel.luSolve(n, home.lu, home.pivots, step);
        let miss = 0;
        for (let i = 0; i < n; i++) {
          trial[i] = x[i] + step[i];
          miss += (trial[i] - home.x[i]) ** 2;
        }
        miss = Math.sqrt(miss);
        if (!(miss <= worthwhile * distance)) return q;
        if (miss <= home.reach) {
          arrived = true;
          gradientNorm = home.gradientNorm;
          x.set(home.x);
          return home.q;
        }
        clampToBox(problem, trial);
        problem.residual(trial, trialResidual);
        const trialQ = halfSquare(trialResidual);
        if (!(trialQ <= gain * q)) return q;
        x.set(trial);
        r.set(trialResidual);
        q = trialQ;
        distance = miss;
      }
    },
  };
}

import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";

/** A rule `out = F(x, u)`, as in {@link DynamicalSystem}. */
export type Rule = (x: Vector, u: Vector, out: Vector) => void;

/** A system that may lack its Jacobians: what {@link differentiate} completes. */
export type Undifferentiated = Omit<DynamicalSystem, "jacobian"> & Partial<Pick<DynamicalSystem, "jacobian">>;

/** Options of {@link differentiate}. */
export interface DifferentiateOptions {
  /**
   * One Richardson extrapolation: error about 1e-11 instead of 1e-10, for twice the rule calls. Where the
   * two step sizes disagree (a kink nearby) the plain central difference with a short step is used.
   * @defaultValue `true`
   */
  readonly extrapolate?: boolean;
}

/** Step of the plain central difference, per unit of |x|: the cube root of the rounding error. */
const SHORT = Math.cbrt(Number.EPSILON);
/** First step of the extrapolated one: the fifth root. */
const LONG = Number.EPSILON ** 0.2;
/** Two differences further apart than this (relative to their size) did not see one smooth function. */
const KINK = 1e-5;

/**
 * Numerical Jacobian `out[n * n] = dF/dx` of a rule by central differences with one Richardson
 * extrapolation, `(4 D(h/2) - D(h)) / 3`.
 *
 * Accurate to about 1e-11 relative to the size of F and its derivatives. A complex step, exact to the last
 * digit, is not possible here: a plain JavaScript function of numbers cannot be given complex ones. At a
 * kink (relu) within the step the result is that of a short central difference: one-sided slopes averaged.
 * `x` is never changed; entries are NaN where the rule is.
 *
 * Cost: 4 n rule calls (6 n at kinks).
 *
 * @example
 * ```ts
 * const out = new Float64Array(1);
 * differenceJacobian((x, u, out) => { out[0] = Math.sin(x[0]); }, 1, Float64Array.of(0), new Float64Array(0), out);
 * out[0]; // => 1.000000000
 * ```
 */
export function differenceJacobian(rule: Rule, n: number, x: Vector, u: Vector, out: Matrix): void {
  createDifferencer(n, true).columns((at, value) => rule(at, u, value), x, out);
}

/** Numerical `out[n * m] = dF/du`, m the length of `u`: as {@link differenceJacobian}. 4 m rule calls. */
export function differenceInputJacobian(rule: Rule, n: number, x: Vector, u: Vector, out: Matrix): void {
  createDifferencer(n, true).columns((at, value) => rule(x, at, value), u, out);
}

/**
 * A system with every Jacobian, from one without: those it lacks come from central differences.
 *
 * A system that has both comes back as it is. With the Jacobian of the state missing, `product` (J v as one
 * directional difference, 4 rule calls) is added too, so that matrix-free methods stay cheap. See
 * {@link differenceJacobian} for the accuracy.
 *
 * Cost of the Jacobian: 4 D rule calls; of the input Jacobian: 4 M.
 */
export function differentiate(system: Undifferentiated, options?: DifferentiateOptions): DynamicalSystem {
  const { dimension, inputDimension } = system;
  const differencer = createDifferencer(dimension, options?.extrapolate ?? true);
  const completed = { ...system } as { -readonly [K in keyof DynamicalSystem]: DynamicalSystem[K] };
  if (!system.jacobian) {
    completed.jacobian = (x, u, out) => differencer.columns((at, value) => system.rule(at, u, value), x, out);
    completed.product ??= (x, u, v, out) =>
      differencer.along((at, value) => system.rule(at, u, value), x, v, out);
  }
  if (!system.inputJacobian && inputDimension > 0)
    completed.inputJacobian = (x, u, out) =>
      differencer.columns((at, value) => system.rule(x, at, value), u, out);
  return completed;
}

type Evaluate = (at: Vector, value: Vector) => void;

/** Central differences of functions with `n` values; keeps its work space. */
function createDifferencer(n: number, extrapolate: boolean) {
  const plus = new Float64Array(n);
  const minus = new Float64Array(n);
  const slope = new Float64Array(n);
  const half = new Float64Array(n);
  let at = new Float64Array(n);

  /** `out = (f(x + h d) - f(x - h d)) / (2 h)`. Exact widths: the points actually used are subtracted. */
  function central(f: Evaluate, x: Vector, d: Vector | number, h: number, out: Vector) {
    let width = 2 * h;
    if (typeof d === "number") {
      at.set(x);
      const up = x[d] + h;
      const down = x[d] - h;
      at[d] = up;
      f(at, plus);
      at[d] = down;
      f(at, minus);
      width = up - down;
    } else {
      for (let i = 0; i < x.length; i++) at[i] = x[i] + h * d[i];
      f(at, plus);
      for (let i = 0; i < x.length; i++) at[i] = x[i] - h * d[i];
      f(at, minus);
    }
    for (let i = 0; i < n; i++) out[i] = (plus[i] - minus[i]) / width;
  }

  /** The derivative of f at x along the axis or the vector d, into `slope`; `unit` scales the steps. */
  function derivative(f: Evaluate, x: Vector, d: Vector | number, unit: number) {
    if (at.length !== x.length) at = new Float64Array(x.length);
    if (!extrapolate) return central(f, x, d, SHORT * unit, slope);
    central(f, x, d, LONG * unit, slope);
    central(f, x, d, (LONG / 2) * unit, half);
    let size = 0;
    let apart = 0;
    for (let i = 0; i < n; i++) {
      size = Math.max(size, Math.abs(half[i]));
      apart = Math.max(apart, Math.abs(slope[i] - half[i]));
    }
    if (!(apart <= KINK * Math.max(1 / unit, size))) return central(f, x, d, SHORT * unit, slope);
    for (let i = 0; i < n; i++) slope[i] = (4 * half[i] - slope[i]) / 3;
  }

  return {
    /** `out[n * x.length]`, one column per variable. */
    columns(f: Evaluate, x: Vector, out: Matrix) {
      const m = x.length;
      for (let j = 0; j < m; j++) {
        derivative(f, x, j, Math.max(1, Math.abs(x[j])));
        for (let i = 0; i < n; i++) out[i * m + j] = slope[i];
      }
    },
    /** `out[n]`: the derivative along v. */
    along(f: Evaluate, x: Vector, v: Vector, out: Vector) {
      let size = 0;
      let length = 0;
      for (let i = 0; i < x.length; i++) {
        size = Math.max(size, Math.abs(x[i]));
        length = Math.max(length, Math.abs(v[i]));
      }
      if (length === 0) return void out.fill(0);
      derivative(f, x, v, Math.max(1, size) / length);
      out.set(slope);
    },
  };
}

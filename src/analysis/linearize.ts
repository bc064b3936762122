import { checkInteger, checkNumber, checkVector, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import {
  type DynamicalSystem,
  exponent,
  q as halfSquaredResidual,
  type Matrix,
  residualJacobian,
  type Time,
  type Vector,
} from "../core/system.js";
import { determinantSign } from "../numeric/determinantSign.js";
import { type EigenDecomposition, eigen } from "../numeric/eigen.js";
import { conditionWarnings } from "./conditionWarnings.js";
import { linearizeSlowest, type SlowestLinearization } from "./linearizeSlowest.js";
import { type ComplexArray, describeModes, inputJacobianOf, type Mode, nearestNeutral } from "./modes.js";
import { type Stability, stabilityOf } from "./stability.js";
import { timeConstants } from "./timeConstants.js";

/** Options of {@link linearize}. */
export interface LinearizeOptions {
  /** The input held, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** How many of the modes nearest to neutral are described one by one (a pair counts once). @defaultValue `3` */
  readonly slowModes?: number;
  /**
   * A mode whose growth rate is within this of zero is neutral: neither stable nor unstable, of infinite time
   * constant. Per step or per unit of time. The default is far above the rounding of a well-conditioned eigenvalue
   * (1e-14) and far below any rate that shows within a million steps.
   * @defaultValue `1e-9`
   */
  readonly tolerance?: number;
  /** Above this value of q a warning says that the state is not at rest. @defaultValue `1e-12` */
  readonly restTolerance?: number;
}

/** Options of {@link linearize} for a large system. */
export interface LinearizeSlowestOptions extends LinearizeOptions {
  /**
   * Only so many eigenvalues (one more where that would part a conjugate pair): the slowest, found by products with the
   * Jacobian and its transpose. `slowModes` then defaults to all of them.
   */
  readonly modes: number;
}

/** What {@link linearize} returns: plain data about one state of a system. D state variables, M inputs. */
export interface Linearization {
  /** "not-finite": the Jacobian has NaN or infinity; "not-converged": some eigenvalues are NaN, vectors are too. */
  readonly status: "ok" | "not-finite" | "not-converged";
  /** What to keep in mind about these numbers, in plain sentences. */
  readonly warnings: readonly string[];
  readonly time: Time;
  /** Length D. */
  readonly state: Vector;
  /** Length M. */
  readonly input: Vector;
  /** 1/2 |residual|^2 at the state: 0 at a fixed point. */
  readonly q: number;
  /** dF/dx, D x D, row-major. */
  readonly jacobian: Matrix;
  /** dF/du, D x M, row-major; by central differences when the system does not offer it. Absent when M = 0. */
  readonly inputJacobian?: Matrix;
  /** By decreasing modulus; of a pair the positive imaginary part first. */
  readonly eigenvalues: ComplexArray;
  /** D x D, vector j in column j, unit norm. */
  readonly rightVectors: ComplexArray;
  /** D x D, vector j in column j, w_j^H v_j = 1. */
  readonly leftVectors: ComplexArray;
  /** |J v - lambda v| of each pair. */
  readonly residuals: Float64Array;
  /** How far each eigenvalue moves per unit change of the Jacobian; Infinity: defective. */
  readonly conditionNumbers: Float64Array;
  /**
   * -1 / growth rate of each mode, in steps (map) or units of time (flow): the time of an e-fold decay. Negative for
   * a growing mode (minus the time of e-fold growth), Infinity for a neutral one, 0 for one that dies in one step.
   */
  readonly timeConstants: Float64Array;
  /** Cycles per step (map; at most 1/2) or per unit of time (flow); negative for the conjugate. */
  readonly frequencies: Float64Array;
  /** "unknown" when an eigenvalue is missing. */
  readonly stability: Stability | "unknown";
  /** Number of growing modes. */
  readonly unstableDimension: number;
  /** Largest |lambda|. */
  readonly spectralRadius: number;
  /** Largest real part of lambda. */
  readonly spectralAbscissa: number;
  /** 0 and 1 for a normal matrix, whose modes are orthogonal; large where deviations grow before they decay. */
  readonly nonNormality: {
    /** Departure from normality `sqrt(|J|_F^2 - sum |lambda|^2) / |J|_F`, in [0, 1]; rounding 1e-8. Henrici 1962. */
    readonly henrici: number;
    /**
     * `|V|_F |V^-1|_F / D` for the matrix V of unit right vectors (Smith 1967): the root mean square of
     * `conditionNumbers`. At least 1; the 2-norm condition number of V lies between this and D times this.
     */
    readonly eigenvectorCondition: number;
  };
  /** The modes nearest to neutral, by the size of their growth rate; empty unless the status is "ok". */
  readonly slowModes: readonly Mode[];
  /** Sign of det(I - J) for a map, det(-J) for a flow; 0 when singular to working precision; NaN when not finite. */
  readonly index: number;
  /** Every option as used. */
  readonly options: {
    readonly input: Vector;
    readonly slowModes: number;
    readonly tolerance: number;
    readonly restTolerance: number;
  };
}

const defaults = {
  input: undefined as ArrayLike<number> | undefined,
  modes: undefined as number | undefined,
  slowModes: undefined as number | undefined,
  tolerance: 1e-9,
  restTolerance: 1e-12,
};

/** Above this relative residual an eigenpair is not one. */
const poorResidual = 1e-10;

/**
 * Linearization of a system at a state: the modes of `dx <- J dx + B du` (map) or `d(dx)/dt = J dx + B du` (flow) with
 * `J = dF/dx`, `B = dF/du`.
 *
 * Each mode j has an eigenvalue, a right vector (where the state moves), a left vector (what it listens to), a time
 * constant and a frequency. At a fixed point they describe the dynamics nearby; elsewhere they describe deviations
 * from the trajectory for a short time only, and a warning says so.
 *
 * @param state - length D; not changed
 * @returns Plain data. Throws only for wrong arguments. A Jacobian that is not finite, eigenvalues that do not
 * converge and ill-conditioned ones are told by `status` and `warnings`.
 *
 * Cost: one Jacobian and about `30 D^3` operations.
 *
 * With `modes: k` only the k slowest modes are found, by Krylov-Schur from products with the Jacobian, which is not formed
 * (unless the system lacks `product` or `pullback`): a few hundred products of O(D^2) where the modes stand out. The
 * result then lists those modes only: see {@link SlowestLinearization}. "Slowest" is what decays last or grows fastest:
 * the largest real part (flow) or modulus (map). From about a tenth of all modes on, the whole decomposition costs less.
 *
 * Source: Sussillo & Barak (2013); selection vectors, Mante, Sussillo, Shenoy & Newsome (2013); non-normality,
 * Trefethen & Embree (2005).
 *
 * @example
 * ```ts
 * import { linearize, map } from "rnn-dynamics";
 *
 * const leaky = map({ dimension: 1, step: (x, u, out) => { out[0] = 0.5 * x[0]; } });
 * const report = linearize(leaky, [0]);
 * report.timeConstants; // => [1.4427]
 * report.stability; // => "stable"
 * ```
 */
export function linearize(
  system: DynamicalSystem,
  state: ArrayLike<number>,
  options: LinearizeSlowestOptions,
): SlowestLinearization;
export function linearize(
  system: DynamicalSystem,
  state: ArrayLike<number>,
  options?: LinearizeOptions,
): Linearization;
export function linearize(
  system: DynamicalSystem,
  state: ArrayLike<number>,
  options?: LinearizeOptions | LinearizeSlowestOptions,
): Linearization | SlowestLinearization {
  const where = "linearize";
  if (typeof system?.rule !== "function" || typeof system.jacobian !== "function")
    fail(where, "system must have a rule and a jacobian (see map, flow and buildCell)");
  const d = system.dimension;
  const m = system.inputDimension;
  const { modes, ...rest } = resolveOptions(where, defaults, options);
  const given = { ...rest, slowModes: rest.slowModes ?? modes ?? 3 };
  const x = checkVector(where, "state", state, d, "the system's dimension");
  const u = checkVector(
    where,
    "input",
    given.input ?? new Float64Array(m),
    m,
    "the system's number of inputs",
  );
  if (modes !== undefined) checkInteger(where, "modes", modes, 1, d);
  checkInteger(where, "slowModes", given.slowModes, 0);
  checkNumber(where, "tolerance", given.tolerance, 0);
  checkNumber(where, "restTolerance", given.restTolerance, 0);
  if (modes !== undefined) return linearizeSlowest(system, x, u, { ...given, modes, input: u.slice() });

  const q = halfSquaredResidual(system, x, u);
  const jacobian = new Float64Array(d * d);
  system.jacobian(x, u, jacobian);
  const inputJacobian = inputJacobianOf(system, x, u);
  const decomposition = eigen(d, jacobian, "both");
  const { status, real, imaginary } = decomposition;
  const rightVectors = { real: decomposition.rightReal!, imaginary: decomposition.rightImaginary! };
  const leftVectors = { real: decomposition.leftReal!, imaginary: decomposition.leftImaginary! };
  const conditionNumbers = decomposition.condition!;
  const residuals = residualsOf(d, jacobian, decomposition);
  const norm = norm2(jacobian);

  const decayTimes = timeConstants(system.time, real, imaginary, given.tolerance);
  const frequencies = new Float64Array(d);
  const exponents: [number, number][] = [];
  for (let j = 0; j < d; j++) {
    exponents[j] = exponent(system.time, real[j], imaginary[j]);
    frequencies[j] = exponents[j][1] / (2 * Math.PI);
  }
  const known = real.every(Number.isFinite);
  const { stability, unstableDimension } = stabilityOf(system.time, real, imaginary, given.tolerance);

  const slowest = status === "ok" ? nearestNeutral(exponents, imaginary).slice(0, given.slowModes) : [];
  const modeOf = describeModes({
    dimension: d,
    eigenvalues: { real, imaginary },
    exponents,
    timeConstants: decayTimes,
    frequencies,
    conditionNumbers,
    rightVectors,
    leftVectors,
    inputJacobian,
  });

  return {
    status,
    warnings: warningsOf(decomposition, residuals, norm, q, given.restTolerance, inputJacobian),
    time: system.time,
    state: x,
    input: u,
    q,
    jacobian,
    ...(inputJacobian && { inputJacobian }),
    eigenvalues: { real, imaginary },
    rightVectors,
    leftVectors,
    residuals,
    conditionNumbers,
    timeConstants: decayTimes,
    frequencies,
    stability: known ? stability : "unknown",
    unstableDimension,
    spectralRadius: known
      ? real.reduce((most, re, j) => Math.max(most, Math.hypot(re, imaginary[j])), 0)
      : NaN,
    spectralAbscissa: known ? real.reduce((most, re) => Math.max(most, re), -Infinity) : NaN,
    nonNormality: {
      henrici: henriciDeparture(norm, real, imaginary),
      eigenvectorCondition: d === 0 ? 1 : norm2(conditionNumbers) / Math.sqrt(d),
    },
    slowModes: slowest.map(modeOf),
    index: indexOf(system, x, u),
    options: { ...given, input: u.slice() },
  };
}

/** det(I - J) of a map and det(-J) of a flow are both (-1)^D times that of the residual's Jacobian. */
function indexOf(system: DynamicalSystem, x: Vector, u: Vector): number {
  const d = system.dimension;
  const jacobian = new Float64Array(d * d);
  residualJacobian(system, x, u, jacobian);
  const sign = determinantSign(d, jacobian);
  return d % 2 === 0 || sign === 0 ? sign : -sign;
}

/** |A v - lambda v| for every column; NaN where the vector is. */
function residualsOf(d: number, a: Matrix, e: EigenDecomposition): Float64Array {
  const { real, imaginary, rightReal, rightImaginary } = e;
  const out = new Float64Array(d);
  const difference = new Float64Array(2 * d);
  const re = new Float64Array(d);
  const im = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < d; i++) {
      re[i] = rightReal![i * d + j];
      im[i] = rightImaginary![i * d + j];
    }
    for (let i = 0; i < d; i++) {
      const row = i * d;
      let sumRe = 0;
      let sumIm = 0;
      for (let k = 0; k < d; k++) {
        sumRe += a[row + k] * re[k];
        sumIm += a[row + k] * im[k];
      }
      difference[i] = sumRe - (real[j] * re[i] - imaginary[j] * im[i]);
      difference[d + i] = sumIm - (real[j] * im[i] + imaginary[j] * re[i]);
    }
    out[j] = norm2(difference);
  }
  return out;
}

/** Euclidean (Frobenius) norm without overflow; NaN if an entry is. */
function norm2(x: Float64Array): number {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let square = 0;
  for (const value of x) square += (value / largest) ** 2;
  return largest * Math.sqrt(square);
}

function henriciDeparture(norm: number, real: Float64Array, imaginary: Float64Array): number {
  if (norm === 0) return 0;
  let rest = 1;
  for (let j = 0; j < real.length; j++) rest -= (real[j] / norm) ** 2 + (imaginary[j] / norm) ** 2;
  return Math.sqrt(Math.max(0, rest));
}

function warningsOf(
  e: EigenDecomposition,
  residuals: Float64Array,
  norm: number,
  q: number,
  restTolerance: number,
  inputJacobian: Matrix | undefined,
): string[] {
  const warnings: string[] = [];
  const say = (value: number) => value.toPrecision(3);
  if (e.status !== "ok") warnings.push(e.message);
  if (!(q <= restTolerance))
    warnings.push(
      `The state is not at rest (q = ${say(q)}): the modes describe deviations for a short time only.`,
    );
  if (inputJacobian && !inputJacobian.every(Number.isFinite))
    warnings.push("The derivative with respect to the input is not finite: no input gain can be trusted.");
  warnings.push(...conditionWarnings(e.condition!, norm));
  const residual = residuals.reduce((most, r) => Math.max(most, r), 0);
  if (residual > poorResidual * norm)
    warnings.push(
      `The Jacobian is badly scaled: an eigenpair misses J v = lambda v by ${say(residual / norm)} of the Jacobian's norm.`,
    );
  return warnings;
}

import {
  type DynamicalSystem,
  exponent,
  q as halfSquaredResidual,
  type Matrix,
  slowestBy,
  type Time,
  type Vector,
} from "../core/system.js";
import { defaultKernel as kernel } from "../numeric/defaultKernel.js";
import { type SlowestModes, slowestModes } from "../numeric/slowestModes.js";
import { conditionWarnings } from "./conditionWarnings.js";
import { type ComplexArray, describeModes, inputJacobianOf, type Mode, nearestNeutral } from "./modes.js";
import { type Stability, stabilityOf } from "./stability.js";
import { timeConstants } from "./timeConstants.js";

/** What `linearize` returns when asked for a few `modes`: the k slowest, without the Jacobian. D variables, M inputs. */
export interface SlowestLinearization {
  /**
   * "not-converged": some modes are not as good as asked for, see the residuals; "not-finite": the Jacobian has NaN or
   * infinity, and no mode is returned.
   */
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
  /** dF/du, D x M, row-major; absent when M = 0. */
  readonly inputJacobian?: Matrix;
  /** The k of largest modulus (map) or largest real part (flow), in that order; of a pair the positive imaginary part first. */
  readonly eigenvalues: ComplexArray;
  /** D x k, vector j in column j, unit norm. */
  readonly rightVectors: ComplexArray;
  /** D x k, vector j in column j, w_j^H v_j = 1. */
  readonly leftVectors: ComplexArray;
  /** |J v - lambda v| of each pair. */
  readonly residuals: Float64Array;
  /** |J' w - conj(lambda) w| / |w| of each pair. */
  readonly leftResiduals: Float64Array;
  /** How far each eigenvalue moves per unit change of the Jacobian; Infinity: defective. */
  readonly conditionNumbers: Float64Array;
  /** -1 / growth rate of each mode, as in `Linearization`. */
  readonly timeConstants: Float64Array;
  /** Cycles per step or per unit of time. */
  readonly frequencies: Float64Array;
  /** "unknown" unless the last mode found decays: then so do all the others. */
  readonly stability: Stability | "unknown";
  /** Number of growing modes; NaN where the stability is unknown. */
  readonly unstableDimension: number;
  /** The modes found, nearest to neutral first (a pair once), as many as `slowModes` allows. */
  readonly slowModes: readonly Mode[];
  /** Products with the Jacobian and its transpose that were made. */
  readonly products: number;
  /** Every option as used. */
  readonly options: {
    readonly input: Vector;
    readonly modes: number;
    readonly slowModes: number;
    readonly tolerance: number;
    readonly restTolerance: number;
  };
}

/** The work of `linearize` with `modes`; its arguments are checked. */
export function linearizeSlowest(
  system: DynamicalSystem,
  x: Vector,
  u: Vector,
  options: SlowestLinearization["options"],
): SlowestLinearization {
  const { product, transposed } = productsAt(system, x, u);
  const found = slowestModes(system.dimension, product, transposed, {
    count: options.modes,
    leading: slowestBy(system.time),
  });
  const { real, imaginary } = found;
  const none = new Float64Array(0);
  const inputJacobian = inputJacobianOf(system, x, u);
  const q = halfSquaredResidual(system, x, u);
  const exponents = Array.from(real, (re, j) => exponent(system.time, re, imaginary[j]));
  const tables = {
    dimension: system.dimension,
    eigenvalues: { real, imaginary },
    exponents,
    timeConstants: timeConstants(system.time, real, imaginary, options.tolerance),
    frequencies: Float64Array.from(exponents, ([, omega]) => omega / (2 * Math.PI)),
    conditionNumbers: found.condition ?? none,
    rightVectors: { real: found.rightReal, imaginary: found.rightImaginary },
    leftVectors: { real: found.leftReal ?? none, imaginary: found.leftImaginary ?? none },
    inputJacobian,
  };
  const { exponents: _, dimension: __, inputJacobian: ___, ...listed } = tables;
  const decided = verdict(system, found, exponents, options.tolerance);
  return {
    status: found.status,
    warnings: warningsOf(found, q, options.restTolerance, decided.stability),
    time: system.time,
    state: x,
    input: u,
    q,
    ...(inputJacobian && { inputJacobian }),
    ...listed,
    residuals: found.residuals,
    leftResiduals: found.leftResiduals ?? none,
    ...decided,
    slowModes: nearestNeutral(exponents, imaginary).slice(0, options.slowModes).map(describeModes(tables)),
    products: found.products,
    options,
  };
}

/** Products with dF/dx and its transpose, by the system's own where it has them, else by one Jacobian formed here. */
function productsAt(system: DynamicalSystem, x: Vector, u: Vector) {
  const n = system.dimension;
  const jacobian = system.product && system.pullback ? undefined : new Float64Array(n * n);
  if (jacobian) system.jacobian(x, u, jacobian);
  return {
    product: system.product
      ? (v: Vector, out: Vector) => system.product!(x, u, v, out)
      : (v: Vector, out: Vector) => kernel.gemv(n, n, jacobian!, v, out),
    transposed: system.pullback
      ? (v: Vector, out: Vector) => system.pullback!(x, u, v, out)
      : (v: Vector, out: Vector) => kernel.gemvTransposed(n, n, jacobian!, v, out),
  };
}

/** Stability, when the modes found decide it: the slowest of them all decays, or the first that decays is among them. */
function verdict(
  system: DynamicalSystem,
  { status, real, imaginary }: SlowestModes,
  exponents: readonly (readonly [number, number])[],
  tolerance: number,
): Pick<SlowestLinearization, "stability" | "unstableDimension"> {
  const k = real.length;
  const decided = k === system.dimension || (k > 0 && exponents[k - 1][0] < -tolerance);
  if (status !== "ok" || !decided) return { stability: "unknown", unstableDimension: Number.NaN };
  return stabilityOf(system.time, real, imaginary, tolerance);
}

function warningsOf(
  found: SlowestModes,
  q: number,
  restTolerance: number,
  stability: SlowestLinearization["stability"],
): string[] {
  const warnings: string[] = [];
  if (found.status !== "ok") warnings.push(found.message);
  else if (stability === "unknown")
    warnings.push("None of the modes found decays: ask for more to see how many there are of that kind.");
  if (!(q <= restTolerance))
    warnings.push(
      `The state is not at rest (q = ${q.toPrecision(3)}): the modes describe deviations for a short time only.`,
    );
  warnings.push(...conditionWarnings(found.condition ?? new Float64Array(0), found.size));
  return warnings;
}

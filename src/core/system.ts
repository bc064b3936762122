/**
 * The one noun of the library: a dynamical system, and the arithmetic that depends on its kind of time.
 *
 * A map steps `x <- F(x, u)`; a flow moves `dx/dt = F(x, u)`. Everything that differs between the two
 * (what "at rest" means, when a mode decays) is answered here and asked nowhere else.
 */

/** One state, input or output. */
export type Vector = Float64Array;

/** A matrix, row-major; the shape is stated where it is used. */
export type Matrix = Float64Array;

/** Whether a system steps (a map) or moves (a flow). */
export type Time = "discrete" | "continuous";

/**
 * A box in state space. Every recurrent state (fixed point, cycle, attractor) lies in it.
 *
 * `invariant` says more: the rule maps the box into itself (map), or points inward everywhere on its
 * surface (flow). Then the indices of all fixed points sum to +1 (Brouwer degree), which is what lets a
 * report say that at least one point is missing.
 */
export interface Domain {
  readonly lower: Vector;
  readonly upper: Vector;
  readonly invariant: boolean;
}

/**
 * A dynamical system: `x <- F(x, u)` (discrete) or `dx/dt = F(x, u)` (continuous).
 *
 * Implement `rule` and `jacobian` and every analysis of the library works. The optional members make it
 * faster or let it say more. No member changes `x` or `u`; each writes all of `out`.
 */
export interface DynamicalSystem {
  readonly time: Time;
  /** Number of state variables, D. */
  readonly dimension: number;
  /** Number of inputs, M; 0 for an autonomous system. */
  readonly inputDimension: number;
  /** `out[D] = F(x, u)`. */
  rule(x: Vector, u: Vector, out: Vector): void;
  /** `out[D * D] = dF/dx`, row-major: entry `i * D + j` is dF_i/dx_j. */
  jacobian(x: Vector, u: Vector, out: Matrix): void;
  /** `out[D * M] = dF/du`, row-major. */
  inputJacobian?(x: Vector, u: Vector, out: Matrix): void;
  /** `out[D] = (dF/dx) v` without forming the Jacobian. */
  product?(x: Vector, u: Vector, v: Vector, out: Vector): void;
  /** `out[D] = (dF/dx)' v` without forming the Jacobian. */
  pullback?(x: Vector, u: Vector, v: Vector, out: Vector): void;
  /** `count` states at once: `states[count * D]`, `inputs[count * M]`, `out[count * D]`. */
  ruleBatch?(count: number, states: Matrix, inputs: Matrix, out: Matrix): void;
  /** The box that holds every recurrent state while the input is held at `u`. */
  domain?(u: Vector): Domain;
}

/** A system for every value of one parameter: a sweep is a function, never a mutation. */
export type Family = (parameter: number) => DynamicalSystem;

/**
 * Residual: what is zero where a system rests. `out[D] = F(x, u) - x` for a map, `F(x, u)` for a flow. O(rule).
 *
 * @example
 * ```ts
 * const halve = map({ dimension: 1, step: ([x]) => [x / 2] });
 * const out = new Float64Array(1);
 * residual(halve, Float64Array.of(4), new Float64Array(0), out);
 * out; // => [-2]
 * ```
 */
export function residual(system: DynamicalSystem, x: Vector, u: Vector, out: Vector): void {
  system.rule(x, u, out);
  if (system.time === "discrete") for (let i = 0; i < out.length; i++) out[i] -= x[i];
}

/**
 * Jacobian of {@link residual}: `out[D * D] = dF/dx - I` for a map, `dF/dx` for a flow, row-major. O(jacobian).
 *
 * @example
 * ```ts
 * const halve = map({ dimension: 1, step: ([x]) => [x / 2] });
 * const out = new Float64Array(1);
 * residualJacobian(halve, Float64Array.of(4), new Float64Array(0), out);
 * out; // => [-0.50]
 * ```
 */
export function residualJacobian(system: DynamicalSystem, x: Vector, u: Vector, out: Matrix): void {
  system.jacobian(x, u, out);
  const n = system.dimension;
  if (system.time === "discrete") for (let i = 0; i < n; i++) out[i * n + i] -= 1;
}

/** `out = (d residual / dx)' v`, through `pullback` where the system offers it, else by its Jacobian. */
export function residualPullback(
  system: DynamicalSystem,
  x: Vector,
  u: Vector,
  v: Vector,
  out: Vector,
  scratch?: Matrix,
): void {
  const n = system.dimension;
  if (system.pullback) {
    system.pullback(x, u, v, out);
  } else {
    const jacobian = scratch ?? new Float64Array(n * n);
    system.jacobian(x, u, jacobian);
    out.fill(0);
    for (let i = 0; i < n; i++) {
      const vi = v[i];
      for (let j = 0; j < n; j++) out[j] += jacobian[i * n + j] * vi;
    }
  }
  if (system.time === "discrete") for (let i = 0; i < n; i++) out[i] -= v[i];
}

/** `out = (d residual / dx) v`, through `product` where the system offers it, else by its Jacobian. */
export function residualProduct(
  system: DynamicalSystem,
  x: Vector,
  u: Vector,
  v: Vector,
  out: Vector,
  scratch?: Matrix,
): void {
  const n = system.dimension;
  if (system.product) {
    system.product(x, u, v, out);
  } else {
    const jacobian = scratch ?? new Float64Array(n * n);
    system.jacobian(x, u, jacobian);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += jacobian[i * n + j] * v[j];
      out[i] = sum;
    }
  }
  if (system.time === "discrete") for (let i = 0; i < n; i++) out[i] -= v[i];
}

/**
 * Speed at a state: `|F(x, u) - x|` per step for a map, `|F(x, u)|` per unit of time for a flow. O(rule).
 *
 * @example
 * ```ts
 * const decay = flow({ dimension: 2, velocity: ([x, y]) => [-x, -y] });
 * speed(decay, Float64Array.of(3, 4), new Float64Array(0)); // => 5
 * ```
 */
export function speed(system: DynamicalSystem, x: Vector, u: Vector): number {
  const r = new Float64Array(system.dimension);
  residual(system, x, u, r);
  return Math.sqrt(2 * halfSquare(r));
}

/**
 * `q = 1/2 |residual|^2`, the scalar whose zeros are the fixed points (Sussillo & Barak 2013). O(rule).
 *
 * @example
 * ```ts
 * const decay = flow({ dimension: 2, velocity: ([x, y]) => [-x, -y] });
 * q(decay, Float64Array.of(3, 4), new Float64Array(0)); // => 12.5
 * ```
 */
export function q(system: DynamicalSystem, x: Vector, u: Vector): number {
  const r = new Float64Array(system.dimension);
  residual(system, x, u, r);
  return halfSquare(r);
}

function halfSquare(r: Vector): number {
  let sum = 0;
  for (let i = 0; i < r.length; i++) sum += r[i] * r[i];
  return sum / 2;
}

/**
 * The exponent of a mode from its eigenvalue: `log(lambda)` for a map, `lambda` for a flow.
 *
 * Real part: growth rate per step or per unit of time (negative decays). Imaginary part: angular
 * frequency. `log(0)` is `-Infinity`: a mode that dies in one step. O(1).
 *
 * @example
 * ```ts
 * exponent("discrete", 0.5, 0); // => [-0.6931, 0]
 * exponent("continuous", -0.5, 2); // => [-0.5, 2]
 * ```
 */
export function exponent(time: Time, real: number, imaginary: number): [real: number, imaginary: number] {
  if (time === "continuous") return [real, imaginary];
  return [Math.log(Math.hypot(real, imaginary)), Math.atan2(imaginary, real)];
}

/** How slow modes show among the eigenvalues: by the largest modulus (map) or the largest real part (flow). */
export function slowestBy(time: Time): "modulus" | "real" {
  return time === "discrete" ? "modulus" : "real";
}

/** The eigenvalue that means "stays": 1 for a map, 0 for a flow. Slow modes lie near it. */
export function neutralEigenvalue(time: Time): number {
  return time === "discrete" ? 1 : 0;
}

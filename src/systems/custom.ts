import { checkInteger, describe, fail } from "../core/check.js";
import type { Domain, DynamicalSystem, Matrix, Time, Vector } from "../core/system.js";
import { differentiate } from "./differentiate.js";

/**
 * What a user's function may do: write all of `out` and return nothing, or ignore `out` and return an
 * array. A returned array wins.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: `undefined` would refuse functions declared to return nothing
export type Written = ArrayLike<number> | void;

/** As {@link Written}; a matrix may also come back as an array of rows. */
export type WrittenMatrix = Written | readonly ArrayLike<number>[];

/** A box as users write it: one number stands for the same bound on every variable; infinite is allowed. */
export interface DomainSpec {
  readonly lower: number | ArrayLike<number>;
  readonly upper: number | ArrayLike<number>;
  /** Whether the rule maps the box into itself (map) or points inward on its surface (flow). @defaultValue `false` */
  readonly invariant?: boolean;
}

interface CommonSpec {
  /** Number of state variables, D. */
  readonly dimension: number;
  /** Number of inputs, M. @defaultValue `0` */
  readonly inputDimension?: number;
  /** dF/dx, D x D row-major or rows. Without it: central differences. */
  readonly jacobian?: (x: Vector, u: Vector, out: Matrix) => WrittenMatrix;
  /** dF/du, D x M row-major or rows. Without it: central differences. */
  readonly inputJacobian?: (x: Vector, u: Vector, out: Matrix) => WrittenMatrix;
  /** `(dF/dx) v` without forming dF/dx. */
  readonly product?: (x: Vector, u: Vector, v: Vector, out: Vector) => Written;
  /** `(dF/dx)' v` without forming dF/dx. */
  readonly pullback?: (x: Vector, u: Vector, v: Vector, out: Vector) => Written;
  /** The box that holds every recurrent state, or that box as a function of the input. */
  readonly domain?: DomainSpec | ((u: Vector) => DomainSpec);
}

/** What {@link map} takes. */
export interface MapSpec extends CommonSpec {
  /** `F(x, u)`, the next state. Must not change `x` or `u`. */
  readonly step: (x: Vector, u: Vector, out: Vector) => Written;
}

/** What {@link flow} takes. */
export interface FlowSpec extends CommonSpec {
  /** `F(x, u) = dx/dt`. Must not change `x` or `u`. */
  readonly velocity: (x: Vector, u: Vector, out: Vector) => Written;
}

/**
 * A map `x <- F(x, u)` from your own function.
 *
 * `step` either writes all of `out` or returns an array of length D; so do the Jacobians, which are taken
 * by central differences when you give none (about 1e-11 accurate, 4 D calls of `step`).
 *
 * A function that returns the wrong length, changes its arguments, or (seen on first use) leaves part of
 * `out` unwritten throws an `ArgumentError` saying so. NaN and infinity pass through: they are numerical
 * trouble, not a wrong argument.
 *
 * @example
 * ```ts
 * const henon = map({ dimension: 2, step: ([x, y]) => [1 - 1.4 * x * x + y, 0.3 * x] });
 * const out = new Float64Array(2);
 * henon.rule(Float64Array.of(0, 0), new Float64Array(0), out);
 * out; // => [1, 0]
 * ```
 */
export function map(spec: MapSpec): DynamicalSystem {
  return custom("map", "discrete", spec, "step", spec?.step);
}

/**
 * A flow `dx/dt = F(x, u)` from your own function; everything else as in {@link map}.
 *
 * @example
 * ```ts
 * const decay = flow({ dimension: 1, inputDimension: 1, velocity: (x, u) => [u[0] - x[0]] });
 * const out = new Float64Array(1);
 * decay.jacobian(Float64Array.of(2), Float64Array.of(0), out);
 * out; // => [-1]
 * ```
 */
export function flow(spec: FlowSpec): DynamicalSystem {
  return custom("flow", "continuous", spec, "velocity", spec?.velocity);
}

type Function3 = (x: Vector, u: Vector, out: Vector) => WrittenMatrix;

function custom(
  where: string,
  time: Time,
  spec: CommonSpec,
  ruleName: string,
  rule: Function3,
): DynamicalSystem {
  if (typeof spec !== "object" || spec === null) fail(where, `spec is ${describe(spec)}, expected an object`);
  const { dimension, inputDimension = 0, jacobian, inputJacobian, product, pullback } = spec;
  checkInteger(where, "dimension", dimension, 1);
  checkInteger(where, "inputDimension", inputDimension, 0);
  checkFunction(where, ruleName, rule);
  for (const name of ["jacobian", "inputJacobian", "product", "pullback"] as const)
    if (spec[name] !== undefined) checkFunction(where, name, spec[name]);

  const d = dimension;
  const domain = domainOf(where, spec.domain, d);
  return differentiate({
    time,
    dimension,
    inputDimension,
    rule: guarded(where, ruleName, d, `${d} (the dimension)`, rule),
    ...(jacobian && { jacobian: guarded(where, "jacobian", d * d, `${d * d} (${d} x ${d})`, jacobian) }),
    ...(inputJacobian &&
      inputDimension > 0 && {
        inputJacobian: guarded(
          where,
          "inputJacobian",
          d * inputDimension,
          `${d * inputDimension} (${d} x ${inputDimension})`,
          inputJacobian,
        ),
      }),
    ...(product && {
      product: (x, u, v, out) => store(where, "product", product(x, u, v, out), d, `${d}`, out),
    }),
    ...(pullback && {
      pullback: (x, u, v, out) => store(where, "pullback", pullback(x, u, v, out), d, `${d}`, out),
    }),
    ...(domain && { domain }),
  });
}

/** The user's function with its result in `out`; the first call is checked in full, later ones for length. */
function guarded(where: string, name: string, length: number, expected: string, f: Function3) {
  let checked = false;
  return (x: Vector, u: Vector, out: Vector): void => {
    if (!checked) {
      checkFirstCall(where, name, length, expected, f, x, u);
      checked = true;
    }
    const result = f(x, u, out);
    if (result !== undefined) store(where, name, result, length, expected, out);
  };
}

/** Copies what a user's function returned into `out`, or leaves what it wrote there. */
function store(
  where: string,
  name: string,
  result: WrittenMatrix,
  length: number,
  expected: string,
  out: Vector,
) {
  if (result === undefined || result === out) return;
  const isArray = Array.isArray(result);
  if (!isArray && !ArrayBuffer.isView(result))
    fail(where, `${name} returned ${describe(result)}, expected nothing or an array of length ${expected}`);
  const values = (
    isArray && typeof result[0] === "object" ? result.flatMap((row) => Array.from(row)) : result
  ) as ArrayLike<number>;
  if (values.length !== length)
    fail(where, `${name} returned ${values.length} numbers, expected ${expected}`);
  out.set(values);
}

/** Tells a function that leaves part of `out` unwritten, or changes its arguments, from a correct one. */
function checkFirstCall(
  where: string,
  name: string,
  length: number,
  expected: string,
  f: Function3,
  x: Vector,
  u: Vector,
) {
  const xCopy = x.slice();
  const uCopy = u.slice();
  const out = new Float64Array(length).fill(NaN);
  const returned = f(xCopy, uCopy, out);
  const changed = [...x.keys()].some((i) => !Object.is(x[i], xCopy[i]));
  if (changed) fail(where, `${name} changes x, expected it to leave its arguments alone`);
  if ([...u.keys()].some((i) => !Object.is(u[i], uCopy[i])))
    fail(where, `${name} changes u, expected it to leave its arguments alone`);
  if (returned !== undefined) return store(where, name, returned, length, expected, out);
  if (!out.some(Number.isNaN)) return;
  // NaN may be a numerical result: what keeps two different fillings was not written.
  const again = new Float64Array(length).fill(0);
  f(xCopy, uCopy, again);
  const missing = out.findIndex((value, i) => Number.isNaN(value) && again[i] === 0);
  if (missing >= 0)
    fail(where, `${name} neither returned an array nor wrote out[${missing}], expected ${expected} numbers`);
}

function domainOf(where: string, spec: CommonSpec["domain"], dimension: number) {
  if (spec === undefined) return undefined;
  if (typeof spec === "function") return (u: Vector) => domainFrom(where, spec(u), dimension);
  const domain = domainFrom(where, spec, dimension);
  return () => domain;
}

function domainFrom(where: string, spec: DomainSpec, dimension: number): Domain {
  if (typeof spec !== "object" || spec === null)
    fail(where, `domain is ${describe(spec)}, expected { lower, upper }`);
  const side = (name: "lower" | "upper"): Vector => {
    const given = spec[name];
    if (typeof given === "number") return new Float64Array(dimension).fill(given);
    if (!Array.isArray(given) && !ArrayBuffer.isView(given))
      fail(where, `domain.${name} is ${describe(given)}, expected a number or an array of ${dimension}`);
    if (given.length !== dimension)
      fail(where, `domain.${name} has length ${given.length}, expected ${dimension} (the dimension)`);
    return Float64Array.from(given);
  };
  const lower = side("lower");
  const upper = side("upper");
  const bad = lower.findIndex((low, i) => !(low <= upper[i]));
  if (bad >= 0)
    fail(
      where,
      `domain has lower[${bad}] = ${lower[bad]} and upper[${bad}] = ${upper[bad]}, expected lower <= upper`,
    );
  return { lower, upper, invariant: spec.invariant ?? false };
}

function checkFunction(where: string, name: string, value: unknown) {
  if (typeof value !== "function") fail(where, `${name} is ${describe(value)}, expected a function`);
}

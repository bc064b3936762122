import { checkNumber, checkOneOf, checkVector, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Domain, DynamicalSystem, Matrix, Vector } from "../core/system.js";
import {
  checkIntegrateOptions,
  createIntegrator,
  type IntegrateOptions,
  type IntegrationStep,
  integrateDefaults,
} from "../numeric/integrate.js";
import { norm } from "./chain.js";
import { createVariational, type Variational } from "./variational.js";
import { withInput } from "./withInput.js";

/** Options of {@link returnMap}. */
export interface ReturnMapOptions extends IntegrateOptions {
  /** A point of the section, length D; the origin of its coordinates. */
  readonly point: ArrayLike<number>;
  /** The section's normal, length D; any length but zero. */
  readonly normal: ArrayLike<number>;
  /** Input to hold, length M. Without it the return map takes the flow's input. */
  readonly input?: ArrayLike<number>;
  /** Give up after this long, in the flow's unit of time. @defaultValue `1000` */
  readonly maxTime?: number;
  /** Which crossings count: along the normal (1), against it (-1), or both (0). @defaultValue `1` */
  readonly direction?: 1 | -1 | 0;
}

/** The defaults of {@link ReturnMapOptions}. */
export const returnMapDefaults = { ...integrateDefaults, maxTime: 1000, direction: 1 as 1 | -1 | 0 };

/** A Poincare map, and the way between its coordinates and the flow's states. */
export interface ReturnMap extends DynamicalSystem {
  /** `out[D]` = the state with these D - 1 coordinates on the section. O(D). */
  lift(coordinates: Vector, out: Vector): void;
  /** `out[D - 1]` = the coordinates of the state's orthogonal projection on the section. O(D). */
  project(state: Vector, out: Vector): void;
  /** Time until the return (at a fixed point: the cycle's period); NaN when there is none. One integration. */
  returnTime(coordinates: Vector, u?: Vector): number;
}

/** Places looked at within each integration step, so that two crossings in one step are not missed. */
const LOOKS = 32;

/**
 * The Poincare map of a flow on the section `{x : normal . (x - point) = 0}`: from a point of the section
 * to the next crossing in the given direction. A map in D - 1 orthonormal coordinates on the section (for a
 * normal along an axis: the other variables, in order, relative to `point`).
 *
 * Its fixed points are limit cycles (or equilibria that lie on the section: choose one that holds none), its n-cycles are cycles that cross n times, the eigenvalues of its
 * Jacobian are the nontrivial Floquet multipliers. The start does not count as a crossing.
 *
 * The crossing is bracketed on the integrator's interpolant and then solved by Newton's method on fresh
 * integration steps, so that `|normal . (x - point)|` ends at rounding error. Jacobian:
 * `E' (I - f n' / (n' f)) W`, with W the variational matrix along the tangents E of the section.
 *
 * No return within `maxTime`, or a failed integration: all of `out` is NaN. At a grazing crossing
 * (n' f = 0) the map has no derivative and the Jacobian is not finite; two crossings within 1/32 of one
 * integration step may be missed. Throws for a map, for D = 1, for a
 * zero normal.
 * Cost: O(steps) rules; Jacobian O(steps) Jacobians and O(steps D^3).
 * Source: Parker & Chua, Practical Numerical Algorithms for Chaotic Systems (1989), chapters 2-3.
 *
 * @example
 * ```ts
 * const circle = flow({
 *   dimension: 2,
 *   velocity: ([x, y]) => [x * (1 - x * x - y * y) - y, y * (1 - x * x - y * y) + x],
 * });
 * const section = returnMap(circle, { point: [0, 0], normal: [0, 1] });
 * const out = new Float64Array(1);
 * section.rule(Float64Array.of(1), new Float64Array(0), out);
 * out; // => [1]
 * section.returnTime(out); // => 6.283185307
 * ```
 */
export function returnMap(flow: DynamicalSystem, options: ReturnMapOptions): ReturnMap {
  if (flow.time !== "continuous") fail("returnMap", "system is a map, expected a flow; use iterate");
  const d = flow.dimension;
  if (d < 2) fail("returnMap", `system has dimension ${d}, expected at least 2: a line has no sections`);
  if (typeof options !== "object" || options === null)
    fail("returnMap", "options must give a point and a normal of the section");
  const { point: givenPoint, normal: givenNormal, input, ...rest } = options;
  const point = checkVector("returnMap", "point", givenPoint, d, "the system's dimension");
  const normal = checkVector("returnMap", "normal", givenNormal, d, "the system's dimension");
  const resolved = checkIntegrateOptions("returnMap", resolveOptions("returnMap", returnMapDefaults, rest));
  const { maxTime, direction } = resolved;
  checkNumber("returnMap", "maxTime", maxTime, Number.MIN_VALUE);
  if (![-1, 0, 1].includes(direction))
    checkOneOf("returnMap", "direction", String(direction), ["1", "-1", "0"]);
  const length = norm(normal);
  if (length === 0) fail("returnMap", "normal is zero, expected a direction");
  for (let i = 0; i < d; i++) normal[i] /= length;
  const system = input === undefined ? flow : withInput(flow, input);

  const basis = sectionBasis(normal);
  const integrator = createIntegrator(d);
  const state = new Float64Array(d);
  const velocity = new Float64Array(d);
  const probe = new Float64Array(d);
  const landing = new Float64Array(d);
  const course = new Float64Array(5);
  let matrix: { run: Variational; tangents: Matrix } | undefined;
  let vector: { run: Variational; tangents: Matrix } | undefined;

  const along = (v: Vector) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += normal[i] * v[i];
    return sum;
  };
  const offset = along(point);
  /** Signed distance from the section. */
  const height = (x: Vector) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += normal[i] * (x[i] - point[i]);
    return sum;
  };
  /** Rate at which x moves through the section, and its velocity in `velocity`. */
  const climb = (x: Vector, u: Vector) => {
    system.rule(x, u, velocity);
    return along(velocity);
  };
  const lift = (coordinates: Vector, out: Vector) => {
    basis.lift(coordinates, out);
    for (let i = 0; i < d; i++) out[i] += point[i];
  };
  const project = (x: Vector, out: Vector) => {
    for (let i = 0; i < d; i++) probe[i] = x[i] - point[i];
    basis.project(probe, out);
  };

  /** From `state`, on the section: the time of the next crossing, its state in `landing`; NaN when none. */
  const nextCrossing = (u: Vector): number => {
    const rate = climb(state, u);
    // A start that runs along the section has left it on no side yet.
    let side = Math.abs(rate) <= 1e-12 * norm(velocity) ? 0 : Math.sign(rate);
    let sideTime = 0;
    let crossing = NaN;
    const look = (step: IntegrationStep) => {
      step.project(normal, course);
      const [c0, c1, c2, c3, c4] = course;
      for (let i = 1; i <= LOOKS; i++) {
        const theta = i / LOOKS;
        const rest = 1 - theta;
        const between = c0 - offset + theta * (c1 + rest * (c2 + theta * (c3 + rest * c4)));
        const now = Math.sign(i === LOOKS ? height(step.after) : between);
        if (now === 0) continue;
        const t = i === LOOKS ? step.end : step.start + (step.end - step.start) * theta;
        if (side === -now && (direction === 0 || direction === now)) {
          crossing = locate(step, Math.max(sideTime, step.start), t, now, u);
          return true;
        }
        side = now;
        sideTime = t;
      }
      return undefined;
    };
    integrator.run((_, y, out) => system.rule(y, u, out), 0, maxTime, state, resolved, look);
    return crossing;
  };

  /** The crossing between `low` (other side) and `high` (side `now`): Newton, kept in the bracket. */
  const locate = (step: IntegrationStep, low: number, high: number, now: number, u: Vector): number => {
    let t = (low + high) / 2;
    for (let i = 0; i < 60; i++) {
      step.advance(t, landing);
      const h = height(landing);
      const rate = climb(landing, u);
      if (Math.sign(h) === now) high = t;
      else low = t;
      const target = t - h / rate;
      const inside = target >= low && target <= high;
      const next = inside ? target : (low + high) / 2;
      // Below a unit in the last place of t the height is rounding noise.
      const settled = Math.abs(h / rate) <= 2 * Number.EPSILON * Math.max(t, step.end - step.start);
      if (h === 0 || settled || next === t || high - low <= Number.EPSILON * high) break;
      t = next;
    }
    return t;
  };

  /** Derivative of the return along `tangents` (D x columns), whose images on the section they become. */
  const derivative = (run: Variational, tangents: Matrix, columns: number, x: Vector, u: Vector): boolean => {
    lift(x, state);
    const time = nextCrossing(u);
    if (Number.isNaN(time)) return false;
    lift(x, state);
    if (run.run(state, tangents, u, time, resolved).status !== "ok") return false;
    const rate = climb(state, u);
    // (I - f n' / n'f) W: the return comes earlier or later for a moved start.
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += normal[i] * tangents[i * columns + j];
      const delay = sum / rate;
      for (let i = 0; i < d; i++) tangents[i * columns + j] -= velocity[i] * delay;
    }
    return true;
  };

  return {
    time: "discrete",
    dimension: d - 1,
    inputDimension: system.inputDimension,
    rule(x, u, out) {
      lift(x, state);
      if (Number.isNaN(nextCrossing(u))) out.fill(NaN);
      else project(landing, out);
    },
    jacobian(x, u, out) {
      const columns = d - 1;
      matrix ??= { run: createVariational(system, columns), tangents: new Float64Array(d * columns) };
      const { run, tangents } = matrix;
      basis.columns(tangents);
      if (!derivative(run, tangents, columns, x, u)) out.fill(NaN);
      else basis.projectColumns(tangents, columns, out);
    },
    product(x, u, v, out) {
      vector ??= { run: createVariational(system, 1), tangents: new Float64Array(d) };
      const { run, tangents } = vector;
      const size = norm(v);
      if (size === 0) return void out.fill(0);
      basis.lift(v, tangents);
      for (let i = 0; i < d; i++) tangents[i] /= size;
      if (!derivative(run, tangents, 1, x, u)) return void out.fill(NaN);
      basis.project(tangents, out);
      for (let i = 0; i < d - 1; i++) out[i] *= size;
    },
    ...(system.domain && {
      domain: (u: Vector) => shadow(system.domain!(u), point, basis),
    }),
    lift,
    project,
    returnTime(coordinates, u = new Float64Array(system.inputDimension)) {
      lift(coordinates, state);
      return nextCrossing(u);
    },
  };
}

type Basis = ReturnType<typeof sectionBasis>;

/**
 * An orthonormal basis of the complement of a unit vector n, as columns of the Householder reflection
 * `H = I - w w' / w_p` with `w = sign(n_p) n + e_p`, p the largest entry of n: all but column p of H.
 */
function sectionBasis(normal: Vector) {
  const d = normal.length;
  let p = 0;
  for (let i = 1; i < d; i++) if (Math.abs(normal[i]) > Math.abs(normal[p])) p = i;
  const w = normal.map((v) => v * Math.sign(normal[p]));
  w[p] += 1;
  const scale = 1 / w[p];
  const axis = (j: number) => (j < p ? j : j + 1);
  return {
    /** `out[D] = E y`. */
    lift(y: Vector, out: Vector) {
      let dot = 0;
      for (let j = 0; j < d - 1; j++) dot += w[axis(j)] * y[j];
      dot *= scale;
      for (let j = 0; j < d - 1; j++) out[axis(j)] = y[j] - w[axis(j)] * dot;
      out[p] = -w[p] * dot;
    },
    /** `out[D - 1] = E' x`. */
    project(x: Vector, out: Vector) {
      let dot = 0;
      for (let i = 0; i < d; i++) dot += w[i] * x[i];
      dot *= scale;
      for (let j = 0; j < d - 1; j++) out[j] = x[axis(j)] - w[axis(j)] * dot;
    },
    /** `out[D x (D - 1)] = E`. */
    columns(out: Matrix) {
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d - 1; j++)
          out[i * (d - 1) + j] = (i === axis(j) ? 1 : 0) - w[i] * w[axis(j)] * scale;
    },
    /** `out[(D - 1) x columns] = E' X`. */
    projectColumns(x: Matrix, columns: number, out: Matrix) {
      for (let c = 0; c < columns; c++) {
        let dot = 0;
        for (let i = 0; i < d; i++) dot += w[i] * x[i * columns + c];
        dot *= scale;
        for (let j = 0; j < d - 1; j++) out[j * columns + c] = x[axis(j) * columns + c] - w[axis(j)] * dot;
      }
    },
  };
}

/** The smallest box of section coordinates that holds the shadow of a box of states. O(D^2). */
function shadow(box: Domain, point: Vector, basis: Basis): Domain {
  const d = point.length;
  const lower = new Float64Array(d - 1);
  const upper = new Float64Array(d - 1);
  const columns = new Float64Array(d * (d - 1));
  basis.columns(columns);
  for (let j = 0; j < d - 1; j++)
    for (let i = 0; i < d; i++) {
      const e = columns[i * (d - 1) + j];
      if (e === 0) continue;
      const a = e * (box.lower[i] - point[i]);
      const b = e * (box.upper[i] - point[i]);
      lower[j] += Math.min(a, b);
      upper[j] += Math.max(a, b);
    }
  return { lower, upper, invariant: false };
}

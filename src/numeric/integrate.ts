import { checkInteger, checkNumber } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";

/** The right-hand side of `dy/dt = f(t, y)`: writes all of `out`, never `y`. */
export type Velocity = (t: number, y: Float64Array, out: Float64Array) => void;

/** How an integration ended. */
export type IntegrationStatus =
  /** It reached the end. */
  | "ok"
  /** `onStep` asked to stop. */
  | "stopped"
  /** The step budget ran out, or the step fell below the spacing of floating-point times (a blow-up). */
  | "too-many-steps"
  /** The velocity is NaN or infinite where the solution goes. */
  | "not-finite";

/** Options of {@link integrate}. */
export interface IntegrateOptions {
  /** Error allowed per step, relative to each component. @defaultValue `1e-10` */
  readonly relativeTolerance?: number;
  /** Error allowed per step, absolute. @defaultValue `1e-12` */
  readonly absoluteTolerance?: number;
  /** Accepted and rejected steps together. @defaultValue `100000` */
  readonly maxSteps?: number;
  /** First step to try; 0 chooses one. @defaultValue `0` */
  readonly initialStep?: number;
  /** Longest step. @defaultValue `Infinity` */
  readonly maxStep?: number;
}

/** The defaults of {@link IntegrateOptions}. */
export const integrateDefaults: Required<IntegrateOptions> = {
  relativeTolerance: 1e-10,
  absoluteTolerance: 1e-12,
  maxSteps: 100_000,
  initialStep: 0,
  maxStep: Infinity,
};

/** What {@link integrate} returns. */
export interface Integration {
  readonly status: IntegrationStatus;
  /** The time reached: the end when the status is "ok". */
  readonly time: number;
  /** The state at that time, n. */
  readonly state: Float64Array;
  /** Accepted steps. */
  readonly steps: number;
  /** Rejected steps. */
  readonly rejected: number;
  /** Calls of the velocity. */
  readonly evaluations: number;
  /** The step the controller would try next, without sign: a good `initialStep` to go on with. */
  readonly nextStep: number;
}

/** One accepted step, valid only during the call of `onStep`: copy what you keep. */
export interface IntegrationStep {
  readonly start: number;
  readonly end: number;
  /** The state at `start`. */
  readonly before: Float64Array;
  /** The state at `end`. */
  readonly after: Float64Array;
  /** `out` = the state at a time within the step, by the fourth-order interpolant. O(n), no velocity calls. */
  interpolate(t: number, out: Float64Array): void;
  /**
   * The interpolant of `weights . y` as five numbers `c`: at `theta = (t - start) / (end - start)` it is
   * `c0 + theta (c1 + (1 - theta) (c2 + theta (c3 + (1 - theta) c4)))`. O(n), no velocity calls.
   */
  project(weights: Float64Array, out: Float64Array): void;
  /** `out` = the state at `t` by a fresh fifth-order step from `start`. Five velocity calls. */
  advance(t: number, out: Float64Array): void;
}

/** Called after each accepted step; returning `true` stops the integration there. */
export type OnStep = (step: IntegrationStep) => boolean | undefined;

/** An integrator that keeps its work space between runs. Not re-entrant. */
export interface Integrator {
  /** As {@link integrate}, but `y` is both the initial and the final state, and options are not checked. */
  run(
    velocity: Velocity,
    t0: number,
    t1: number,
    y: Float64Array,
    options: Required<IntegrateOptions>,
    onStep?: OnStep,
  ): Integration;
}

/**
 * Solves `dy/dt = f(t, y)` from `t0` to `t1` (forward or backward) by the Dormand-Prince 5(4) pair with
 * adaptive steps: a step is accepted when every component's estimated error is within
 * `absoluteTolerance + relativeTolerance * |y|`.
 *
 * Numerical trouble does not throw: the status says what happened and the state is the last good one.
 * A stiff problem costs many steps; a kink in `f` (relu) costs a few rejected ones.
 *
 * Cost: O(steps * (velocity + n)), six velocity calls per step.
 * Sources: Dormand & Prince 1980; interpolant, first step and step control from Hairer, Norsett &
 * Wanner, Solving Ordinary Differential Equations I (1993), II.4-II.6.
 *
 * @example
 * ```ts
 * const { state } = integrate((t, y, out) => { out[0] = -y[0]; }, 0, 1, [1]);
 * state[0]; // => 0.367879441
 * ```
 */
export function integrate(
  velocity: Velocity,
  t0: number,
  t1: number,
  y0: ArrayLike<number>,
  options?: IntegrateOptions,
  onStep?: OnStep,
): Integration {
  checkNumber("integrate", "t0", t0);
  checkNumber("integrate", "t1", t1);
  const resolved = checkIntegrateOptions(
    "integrate",
    resolveOptions("integrate", integrateDefaults, options),
  );
  return createIntegrator(y0.length).run(velocity, t0, t1, Float64Array.from(y0), resolved, onStep);
}

/** The options back when they make sense; throws in the name of the function `where` otherwise. */
export function checkIntegrateOptions<T extends Required<IntegrateOptions>>(where: string, options: T): T {
  // Below a few units in the last place the error estimate is rounding noise and no step would pass.
  checkNumber(where, "relativeTolerance", options.relativeTolerance, 1e-14, 1);
  checkNumber(where, "absoluteTolerance", options.absoluteTolerance, Number.MIN_VALUE);
  checkInteger(where, "maxSteps", options.maxSteps, 1);
  checkNumber(where, "initialStep", options.initialStep, 0);
  if (options.maxStep !== Infinity) checkNumber(where, "maxStep", options.maxStep, Number.MIN_VALUE);
  return options;
}

/** An {@link Integrator} for `n` variables. Allocates 12 n numbers, and 7 n more once `advance` is used. */
export function createIntegrator(n: number): Integrator {
  const array = () => new Float64Array(n);
  const stages: Stages = [array(), array(), array(), array(), array(), array(), array(), array()];
  let fresh: Stages | undefined;
  const states = [array(), array()];
  const dense = array();

  return {
    run(velocity, t0, t1, y, options, onStep) {
      const { relativeTolerance, absoluteTolerance, maxSteps, maxStep } = options;
      const direction = t1 >= t0 ? 1 : -1;
      let t = t0;
      let [current, next] = states;
      current.set(y);
      let steps = 0;
      let rejected = 0;
      let evaluations = 1;
      let h = options.initialStep;
      const finish = (status: IntegrationStatus): Integration => {
        y.set(current);
        return { status, time: t, state: y, steps, rejected, evaluations, nextStep: h };
      };
      if (t0 === t1) return finish("ok");

      velocity(t, current, stages[0]);
      if (!allFinite(stages[0]) || !allFinite(current)) return finish("not-finite");
      if (h === 0) {
        h = firstStep(velocity, t, current, direction, Math.min(Math.abs(t1 - t0), maxStep), options, stages);
        evaluations++;
      }

      let denseReady = false;
      let start = t;
      let before = current;
      let after = next;
      let end = t;
      const prepareDense = () => {
        if (!denseReady) denseCoefficients(stages, end - start, dense);
        denseReady = true;
      };
      const step: IntegrationStep = {
        get start() {
          return start;
        },
        get end() {
          return end;
        },
        get before() {
          return before;
        },
        get after() {
          return after;
        },
        interpolate(at, out) {
          prepareDense();
          hermite((at - start) / (end - start), end - start, before, after, stages, dense, out);
        },
        project(weights, out) {
          prepareDense();
          out.fill(0, 0, 5);
          const h = end - start;
          const [first, , , , , , last] = stages;
          for (let i = 0; i < n; i++) {
            const rise = after[i] - before[i];
            const c = h * first[i] - rise;
            out[0] += weights[i] * before[i];
            out[1] += weights[i] * rise;
            out[2] += weights[i] * c;
            out[3] += weights[i] * (rise - h * last[i] - c);
            out[4] += weights[i] * dense[i];
          }
        },
        advance(at, out) {
          fresh ??= [stages[0], array(), array(), array(), array(), array(), array(), array()];
          fresh[0] = stages[0];
          evaluations += 5;
          stagesOf(velocity, start, at - start, before, fresh, out);
        },
      };

      let previousError = 1e-4;
      let lastRejected = false;
      while (steps + rejected < maxSteps) {
        h = Math.min(h, maxStep);
        const left = Math.abs(t1 - t);
        const full = h;
        const last = h * 1.01 >= left;
        if (last) h = left;
        // Below the spacing of the numbers near t, a step would not move the clock.
        if (!last && (h < 4 * Number.EPSILON * Math.abs(t) || h === 0)) return finish("too-many-steps");
        const signed = direction * h;
        stagesOf(velocity, t, signed, current, stages, next);
        velocity(last ? t1 : t + signed, next, stages[6]);
        evaluations += 6;
        const error = errorOf(stages, signed, current, next, relativeTolerance, absoluteTolerance);

        if (!(error <= 1)) {
          rejected++;
          lastRejected = true;
          if (!Number.isFinite(error)) {
            h *= 0.1;
            if (h <= 1e-14 * Math.max(Math.abs(t), Math.abs(t1 - t0))) return finish("not-finite");
          } else {
            h *= Math.max(0.2, 0.9 * error ** -0.2);
          }
          continue;
        }

        steps++;
        start = t;
        end = last ? t1 : t + signed;
        before = current;
        after = next;
        denseReady = false;
        const stop = onStep?.(step) === true;
        // First same as last: the velocity at the end of this step starts the next one.
        const first = stages[0];
        stages[0] = stages[6];
        stages[6] = first;
        const old = current;
        current = next;
        next = old;
        t = end;

        // Proportional-integral control; no growth right after a rejection. A step cut short to land on
        // the end says little about the next one.
        const safe = Math.max(error, 1e-10);
        const growth = Math.min(lastRejected ? 1 : 10, 0.9 * safe ** -0.17 * previousError ** 0.04);
        h *= Math.max(0.2, growth);
        if (last) h = Math.max(h, Math.min(full, maxStep));
        previousError = Math.max(safe, 1e-4);
        lastRejected = false;
        if (stop) return finish("stopped");
        if (last) return finish("ok");
      }
      return finish("too-many-steps");
    },
  };
}

/** k1 .. k7, and one scratch vector for the stage states. */
type Stages = [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];

/** From k1, the stages k2 .. k6 of one step of length h, and `out` = the fifth-order state at its end. */
function stagesOf(velocity: Velocity, t: number, h: number, y: Float64Array, k: Stages, out: Float64Array) {
  const [k1, k2, k3, k4, k5, k6] = k;
  const z = k[7];
  const n = y.length;
  for (let i = 0; i < n; i++) z[i] = y[i] + h * (k1[i] / 5);
  velocity(t + h / 5, z, k2);
  for (let i = 0; i < n; i++) z[i] = y[i] + h * ((3 / 40) * k1[i] + (9 / 40) * k2[i]);
  velocity(t + 0.3 * h, z, k3);
  for (let i = 0; i < n; i++) z[i] = y[i] + h * ((44 / 45) * k1[i] - (56 / 15) * k2[i] + (32 / 9) * k3[i]);
  velocity(t + 0.8 * h, z, k4);
  for (let i = 0; i < n; i++)
    z[i] =
      y[i] +
      h * ((19372 / 6561) * k1[i] - (25360 / 2187) * k2[i] + (64448 / 6561) * k3[i] - (212 / 729) * k4[i]);
  velocity(t + (8 / 9) * h, z, k5);
  for (let i = 0; i < n; i++)
    z[i] =
      y[i] +
      h *
        ((9017 / 3168) * k1[i] -
          (355 / 33) * k2[i] +
          (46732 / 5247) * k3[i] +
          (49 / 176) * k4[i] -
          (5103 / 18656) * k5[i]);
  velocity(t + h, z, k6);
  for (let i = 0; i < n; i++)
    out[i] =
      y[i] +
      h *
        ((35 / 384) * k1[i] +
          (500 / 1113) * k3[i] +
          (125 / 192) * k4[i] -
          (2187 / 6784) * k5[i] +
          (11 / 84) * k6[i]);
}

/** The largest ratio of estimated error to allowed error over the components; NaN or Infinity on trouble. */
function errorOf(
  k: Stages,
  h: number,
  y: Float64Array,
  next: Float64Array,
  relativeTolerance: number,
  absoluteTolerance: number,
): number {
  const [k1, , k3, k4, k5, k6, k7] = k;
  let worst = 0;
  for (let i = 0; i < y.length; i++) {
    const difference =
      (71 / 57600) * k1[i] -
      (71 / 16695) * k3[i] +
      (71 / 1920) * k4[i] -
      (17253 / 339200) * k5[i] +
      (22 / 525) * k6[i] -
      k7[i] / 40;
    const allowed = absoluteTolerance + relativeTolerance * Math.max(Math.abs(y[i]), Math.abs(next[i]));
    const ratio = Math.abs(h * difference) / allowed;
    if (!(ratio < Infinity)) return NaN;
    if (ratio > worst) worst = ratio;
  }
  return worst;
}

function denseCoefficients(k: Stages, h: number, out: Float64Array) {
  const [k1, , k3, k4, k5, k6, k7] = k;
  for (let i = 0; i < out.length; i++)
    out[i] =
      h *
      ((-12715105075 / 11282082432) * k1[i] +
        (87487479700 / 32700410799) * k3[i] -
        (10690763975 / 1880347072) * k4[i] +
        (701980252875 / 199316789632) * k5[i] -
        (1453857185 / 822651844) * k6[i] +
        (69997945 / 29380423) * k7[i]);
}

/** The cubic Hermite interpolant of the step plus the quartic term that makes it fourth order. */
function hermite(
  theta: number,
  h: number,
  before: Float64Array,
  after: Float64Array,
  k: Stages,
  dense: Float64Array,
  out: Float64Array,
) {
  const rest = 1 - theta;
  const first = k[0];
  const last = k[6];
  for (let i = 0; i < out.length; i++) {
    const rise = after[i] - before[i];
    const c = h * first[i] - rise;
    const d = rise - h * last[i] - c;
    out[i] = before[i] + theta * (rise + rest * (c + theta * (d + rest * dense[i])));
  }
}

/** A first step from the sizes of the state, its velocity and its acceleration (Hairer et al. II.4). */
function firstStep(
  velocity: Velocity,
  t: number,
  y: Float64Array,
  direction: number,
  longest: number,
  options: Required<IntegrateOptions>,
  k: Stages,
): number {
  const { relativeTolerance, absoluteTolerance } = options;
  const first = k[0];
  const second = k[1];
  const z = k[7];
  let d0 = 0;
  let d1 = 0;
  for (let i = 0; i < y.length; i++) {
    const allowed = absoluteTolerance + relativeTolerance * Math.abs(y[i]);
    d0 = Math.max(d0, Math.abs(y[i]) / allowed);
    d1 = Math.max(d1, Math.abs(first[i]) / allowed);
  }
  let h = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1);
  h = Math.min(h, longest);
  for (let i = 0; i < y.length; i++) z[i] = y[i] + direction * h * first[i];
  velocity(t + direction * h, z, second);
  let d2 = 0;
  for (let i = 0; i < y.length; i++) {
    const allowed = absoluteTolerance + relativeTolerance * Math.abs(y[i]);
    d2 = Math.max(d2, Math.abs(second[i] - first[i]) / allowed / h);
  }
  const sharpest = Math.max(d1, d2);
  const h1 = sharpest <= 1e-15 ? Math.max(1e-6, h * 1e-3) : (0.01 / sharpest) ** 0.2;
  const chosen = Math.min(100 * h, h1, longest);
  return Number.isFinite(chosen) && chosen > 0 ? chosen : Math.min(h, longest);
}

function allFinite(v: Float64Array): boolean {
  for (let i = 0; i < v.length; i++) if (!Number.isFinite(v[i])) return false;
  return true;
}

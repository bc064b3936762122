import { checkNumber, checkOneOf, fail } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";
import { addProduct, applyJacobian, applyTransposedJacobian } from "./chain.js";

/** A one-step integrator. */
export type StepMethod = "euler" | "rk4";

/** Options of {@link discretize}. */
export interface DiscretizeOptions {
  /** Length of the step, in the flow's unit of time. Has no default: only you know the time scale. */
  readonly dt: number;
  /** @defaultValue `"euler"` */
  readonly method?: StepMethod;
}

/**
 * Explicit schemes in which each stage looks back at the one before it only: stage i is
 * `k_i = f(x + dt c_i k_{i-1})`, the step `x + dt sum_i b_i k_i`.
 */
const schemes: Readonly<Record<StepMethod, { c: readonly number[]; b: readonly number[] }>> = {
  euler: { c: [0], b: [1] },
  rk4: { c: [0, 1 / 2, 1 / 2, 1], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6] },
};

/**
 * A flow as a map: one integrator step of length dt with the input held. Euler (first order) is
 * `x <- x + dt f(x, u)`, the way most rate networks are trained; rk4 is the classical fourth-order step.
 *
 * All derivatives are those of the step itself, exact through its stages, not those of the flow. Every
 * fixed point of the flow is one of the map; rk4 with a long step may have more. The box of the flow is
 * kept, but not its invariance: a long step can leave the box. (For the same reason a map with a long step
 * may have cycles outside it, which the flow does not have.)
 *
 * Throws for a map, a missing or non-positive dt, an unknown method.
 * Cost: s rules (1 or 4); Jacobian s Jacobians and O(s D^3) (Euler: O(D^2)).
 *
 * @example
 * ```ts
 * const decay = flow({ dimension: 1, velocity: ([x]) => [-x] });
 * const out = new Float64Array(1);
 * discretize(decay, { dt: 0.1 }).rule(Float64Array.of(1), new Float64Array(0), out);
 * out; // => [0.9]
 * ```
 */
export function discretize(flow: DynamicalSystem, options: DiscretizeOptions): DynamicalSystem {
  if (flow.time !== "continuous")
    fail("discretize", "system is a map, expected a flow; a map is discrete already");
  const defaults: Required<DiscretizeOptions> = { dt: NaN, method: "euler" };
  const { dt, method } = resolveOptions("discretize", defaults, options);
  checkNumber("discretize", "dt", dt, Number.MIN_VALUE);
  checkOneOf("discretize", "method", method, Object.keys(schemes));

  const { c, b } = schemes[method];
  const stages = c.length;
  const { dimension: d, inputDimension: m, inputJacobian, ruleBatch, domain } = flow;
  const vectors = () => Array.from({ length: stages }, () => new Float64Array(d));
  /** Where each stage looks at the flow. */
  const at = vectors();
  /** Stage values k_i, or their derivatives along a vector. */
  const k = vectors();
  const z = new Float64Array(d);
  let local: Matrix | undefined;
  const lend = () => (local ??= new Float64Array(d * d));
  let forState: { inner: Matrix; slope: Matrix } | undefined;
  let forInput: { inner: Matrix; slope: Matrix; direct: Matrix } | undefined;
  let batch: Float64Array[] = [];

  /** `at[i] = x + dt c_i k_{i-1}` for every stage. */
  const walk = (x: Vector, u: Vector) => {
    at[0].set(x);
    for (let s = 1; s < stages; s++) {
      flow.rule(at[s - 1], u, k[0]);
      for (let i = 0; i < d; i++) at[s][i] = x[i] + dt * c[s] * k[0][i];
    }
  };

  /** dF/dx of the step: `I + dt sum_i b_i K_i`, `K_i = J_i (I + dt c_i K_{i-1})`. */
  const stateColumns = (u: Vector, out: Matrix) => {
    forState ??= { inner: new Float64Array(d * d), slope: new Float64Array(d * d) };
    const { inner, slope } = forState;
    const jacobian = lend();
    out.fill(0);
    for (let i = 0; i < d; i++) out[i * d + i] = 1;
    for (let s = 0; s < stages; s++) {
      flow.jacobian(at[s], u, s === 0 ? slope : jacobian);
      if (s > 0) {
        for (let e = 0; e < inner.length; e++) inner[e] = dt * c[s] * slope[e];
        for (let i = 0; i < d; i++) inner[i * d + i] += 1;
        addProduct(d, d, jacobian, inner, undefined, slope);
      }
      for (let e = 0; e < slope.length; e++) out[e] += dt * b[s] * slope[e];
    }
  };

  /** dF/du of the step: `dt sum_i b_i K_i`, `K_i = df_i/du + dt c_i J_i K_{i-1}`. */
  const inputColumns = (u: Vector, derivative: NonNullable<typeof inputJacobian>, out: Matrix) => {
    const array = () => new Float64Array(d * m);
    forInput ??= { inner: array(), slope: array(), direct: array() };
    const { inner, slope, direct } = forInput;
    const jacobian = lend();
    out.fill(0);
    for (let s = 0; s < stages; s++) {
      derivative.call(flow, at[s], u, s === 0 ? slope : direct);
      if (s > 0) {
        flow.jacobian(at[s], u, jacobian);
        for (let e = 0; e < inner.length; e++) inner[e] = dt * c[s] * slope[e];
        addProduct(d, m, jacobian, inner, direct, slope);
      }
      for (let e = 0; e < slope.length; e++) out[e] += dt * b[s] * slope[e];
    }
  };

  return {
    time: "discrete",
    dimension: d,
    inputDimension: m,
    rule(x, u, out) {
      const slope = k[0];
      z.set(x);
      out.set(x);
      for (let s = 0; s < stages; s++) {
        if (s > 0) for (let i = 0; i < d; i++) z[i] = x[i] + dt * c[s] * slope[i];
        flow.rule(z, u, slope);
        for (let i = 0; i < d; i++) out[i] += dt * b[s] * slope[i];
      }
    },
    jacobian(x, u, out) {
      walk(x, u);
      stateColumns(u, out);
    },
    ...(inputJacobian && {
      inputJacobian(x: Vector, u: Vector, out: Matrix) {
        walk(x, u);
        inputColumns(u, inputJacobian, out);
      },
    }),
    product(x, u, v, out) {
      walk(x, u);
      out.set(v);
      for (let s = 0; s < stages; s++) {
        for (let i = 0; i < d; i++) z[i] = v[i] + (s > 0 ? dt * c[s] * k[s - 1][i] : 0);
        applyJacobian(flow, at[s], u, z, k[s], lend);
        for (let i = 0; i < d; i++) out[i] += dt * b[s] * k[s][i];
      }
    },
    pullback(x, u, v, out) {
      walk(x, u);
      out.set(v);
      // Backwards through the stages: k[s] collects what the step and the next stage ask of stage s.
      for (let s = stages - 1; s >= 0; s--) {
        for (let i = 0; i < d; i++)
          z[i] = dt * b[s] * v[i] + (s + 1 < stages ? dt * c[s + 1] * k[s + 1][i] : 0);
        applyTransposedJacobian(flow, at[s], u, z, k[s], lend);
        for (let i = 0; i < d; i++) out[i] += k[s][i];
      }
    },
    ...(ruleBatch && {
      ruleBatch(count: number, states: Matrix, inputs: Matrix, out: Matrix) {
        const size = count * d;
        if (batch[0]?.length !== size) batch = [new Float64Array(size), new Float64Array(size)];
        const [from, slope] = batch;
        out.set(states);
        for (let s = 0; s < stages; s++) {
          for (let e = 0; e < size; e++) from[e] = states[e] + (s > 0 ? dt * c[s] * slope[e] : 0);
          ruleBatch.call(flow, count, from, inputs, slope);
          for (let e = 0; e < size; e++) out[e] += dt * b[s] * slope[e];
        }
      },
    }),
    ...(domain && {
      domain(u: Vector) {
        const { lower, upper } = domain.call(flow, u);
        return { lower, upper, invariant: false };
      },
    }),
  };
}

import type { DynamicalSystem, Vector } from "../core/system.js";
import { eigen } from "../numeric/eigen.js";
import { dogleg } from "../solve/dogleg.js";
import { runFrom } from "../solve/loop.js";
import { norm } from "../solve/problem.js";
import { discretize } from "../systems/discretize.js";
import { iterate } from "../systems/iterate.js";
import { type ReturnMap, returnMap } from "../systems/returnMap.js";
import { restProblem } from "./restProblem.js";
import type { Settled } from "./settled.js";
import { stabilityOf } from "./stability.js";

const none = new Float64Array(0);

/** Most times a cycle may cross the section, in its direction, before it closes. */
const mostLoops = 8;

/**
 * The attracting limit cycle of an autonomous flow through (nearly) `x`: the fixed point of the Poincare map of
 * the plane through x across the velocity, or of an iterate of it where the cycle winds round several times.
 *
 * `period`: about how long one loop takes. `dt`: time between the samples of the orbit (16 to 2000 of them).
 * Undefined when there is none, or it does not attract. Cost: some 50 integrations over one period.
 */
export function limitCycleThrough(
  flow: DynamicalSystem,
  x: Vector,
  period: number,
  dt: number,
): Settled | undefined {
  const n = flow.dimension;
  if (n < 2) return undefined;
  const velocity = new Float64Array(n);
  flow.rule(x, none, velocity);
  if (!(norm(velocity) > 0)) return undefined;
  const section = returnMap(flow, { point: x, normal: velocity, maxTime: 3 * period });
  const loops = loopsToClose(section, n - 1);
  const problem = restProblem(iterate(section, loops), none);
  const ended = runFrom(problem, dogleg.prepare(problem), new Float64Array(n - 1), {
    tolerance: 1e-20,
    maxSteps: 30,
  });
  if (ended.reason !== "converged") return undefined;

  const jacobian = new Float64Array((n - 1) ** 2);
  iterate(section, loops).jacobian(ended.x, none, jacobian);
  const { real, imaginary } = eigen(n - 1, jacobian, "none");
  if (stabilityOf("discrete", real, imaginary).stability !== "stable") return undefined;

  const state = new Float64Array(n);
  section.lift(ended.x, state);
  let duration = 0;
  const at = ended.x.slice();
  for (let k = 0; k < loops; k++) {
    duration += section.returnTime(at);
    section.rule(at.slice(), none, at);
  }
  const count = Math.max(16, Math.min(2000, Math.ceil(duration / dt)));
  const fine = discretize(flow, { dt: duration / count, method: "rk4" });
  const states = new Float64Array(count * n);
  states.set(state);
  for (let k = 1; k < count; k++)
    fine.rule(states.subarray((k - 1) * n, k * n), none, states.subarray(k * n, (k + 1) * n));
  return {
    type: "limit-cycle",
    state,
    states,
    period: duration,
    multipliers: { real, imaginary },
    lyapunovExponent: 0,
  };
}

/** After how many returns the orbit through the section's origin comes nearest to it; the first if about equal. */
function loopsToClose(section: ReturnMap, width: number): number {
  let y: Vector = new Float64Array(width);
  let best = { loops: 1, gap: Number.POSITIVE_INFINITY };
  for (let k = 1; k <= mostLoops; k++) {
    const next = new Float64Array(width);
    section.rule(y, none, next);
    y = next;
    const gap = norm(y);
    if (!(gap < Infinity)) break;
    if (gap < 0.1 * best.gap) best = { loops: k, gap };
  }
  return best.loops;
}

import type { DynamicalSystem, Vector } from "../core/system.js";
import { withInput } from "../systems/withInput.js";
import type { DelayPaths } from "./delayPaths.js";
import { type Linearization, linearize } from "./linearize.js";
import type { MechanismSlowPoint, SlowModes } from "./mechanismReport.js";
import { type Plan, perform, type Task } from "./plan.js";
import { difference, norm2, rowOf } from "./rows.js";
import { distanceToStates } from "./sameAttractor.js";
import { slowPointPlan } from "./slowPoints.js";
import { type SlowSpace, slowShare, slowSpace } from "./slowSpace.js";

/** A state whose modes the memories can be measured against. */
export interface Reference {
  readonly at: "attractor" | "slow-point";
  readonly id: number;
  readonly linearization: Linearization;
  readonly slow: SlowSpace;
}

/** Slow points described, at most: each costs an eigenvalue problem. */
const mostDescribed = 4;

/** The modes at a state, as a {@link Reference}. About 30 D^3 operations. */
export const describeModes: Task<
  Pick<Reference, "at"> & { readonly input: Vector; readonly delay: number },
  { readonly id: number; readonly state: Vector },
  Reference
> = {
  name: "describe modes",
  prepare(system, { at, input, delay }) {
    const held = withInput(system, input);
    return ({ id, state }) => {
      const linearization = linearize(held, state, { slowModes: 0 });
      return { at, id, linearization, slow: slowSpace(linearization, delay) };
    };
  },
};

/**
 * Slow points near the memories' paths, `input` held: `findSlowPoints` from states on the paths (half-way and at the end, `starts`
 * of them), kept where speed is too low to cross `reach` (a typical separation) within the delay and no farther from
 * a path than `reach`; nearest first, four at most.
 */
export function* slowPointsNear(
  system: DynamicalSystem,
  input: Vector,
  paths: DelayPaths,
  reach: number,
  starts: number,
): Plan<{ readonly point: Omit<MechanismSlowPoint, "id">; readonly reference: Reference }[]> {
  const n = system.dimension;
  const delay = paths.times[paths.times.length - 1];
  if (starts === 0 || !(reach > 0) || !Number.isFinite(reach)) return [];
  const half = paths.states[Math.floor((paths.states.length - 1) / 2)];
  const end = paths.states[paths.states.length - 1];
  const pool = [half, end].flatMap((s) => Array.from({ length: s.length / n }, (_, i) => rowOf(s, i, n)));
  const rows = pool
    .filter((_, k) => Math.floor((k * starts) / pool.length) !== Math.floor(((k - 1) * starts) / pool.length))
    .filter((row) => row.every(Number.isFinite));
  if (rows.length === 0) return [];
  const { points } = yield* slowPointPlan(system, rows, { maxSpeed: reach / delay, input });
  const near = points
    .map((p) => ({ p, toPath: Math.min(...paths.states.map((s) => distanceToStates(p.state, s))) }))
    .filter(({ toPath }) => toPath <= reach)
    .sort((a, b) => a.toPath - b.toPath)
    .slice(0, mostDescribed);
  const references = yield* perform(
    describeModes,
    { at: "slow-point", input, delay },
    near.map(({ p }, id) => ({ id, state: p.state })),
  );
  return near.map(({ p, toPath }, id) => ({
    reference: references[id],
    point: {
      kind: p.kind,
      state: Array.from(p.state),
      speed: p.speed,
      extent: p.extent,
      toPath,
      eigenvalues: Array.from(p.eigenvalues.real, (re, j) => [re, p.eigenvalues.imaginary[j]] as const),
      slow: slowModesOf(references[id].slow),
    },
  }));
}

/** As the report has it. */
export function slowModesOf(slow: SlowSpace): SlowModes {
  const finite = (v: number) => (Number.isFinite(v) ? v : null);
  return {
    dimension: slow.isSlow ? slow.dimension : 0,
    timeConstants: slow.timeConstants.map(finite),
    gap: finite(slow.gap),
  };
}

/** Shares of a memory's displacement, and of what separates it from the reference at the end, in the slow eigenspace. */
export function slowShares(reference: Reference, start: Float64Array, end: Float64Array) {
  const { linearization, slow } = reference;
  const finite = (v: number) => (Number.isFinite(v) ? v : null);
  const share = (d: Float64Array) => (norm2(d) > 0 ? finite(slowShare(linearization, slow, d)) : null);
  return {
    at: reference.at,
    id: reference.id,
    ofDisplacement: share(difference(end, start)),
    ofDeviation: share(difference(end, linearization.state)),
  };
}

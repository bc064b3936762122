import type { DynamicalSystem } from "../core/system.js";
import { evenRows } from "./evenRows.js";
import type { MechanismAttractor } from "./mechanismReport.js";
import { decayTimeOf, type MemoryLimits, otherAttractors } from "./memoryLimits.js";
import { type Reference, slowModesOf } from "./memorySlowness.js";
import { difference, rowOf } from "./rows.js";
import { distanceToStates } from "./sameAttractor.js";
import type { Settled } from "./settled.js";
import { participation } from "./slowSpace.js";
import { stabilityOf } from "./stability.js";

/** States of a cycle or cloud that are reported. */
const mostStates = 64;
/** A mode leads from one point toward another when it carries at least this share of the way. */
const leads = 0.2;

/** The attractors that memories end on, as the report has them; `ids[a]` is where attractor a went, or -1. */
export function mechanismAttractors(
  system: DynamicalSystem,
  limits: MemoryLimits,
  references: ReadonlyMap<number, Reference>,
): { readonly list: MechanismAttractor[]; readonly ids: Int32Array } {
  const ids = new Int32Array(limits.attractors.length).fill(-1);
  const list: MechanismAttractor[] = [];
  for (const [a, attractor] of limits.attractors.entries()) {
    const memories = Array.from(limits.of, (_, i) => i).filter((i) => limits.of[i] === a);
    const type = memories.length > 0 ? limits.kinds[memories[0]] : "not-settled";
    if (type === "unbounded" || type === "not-settled") continue;
    ids[a] = list.length;
    list.push(
      describeAttractor(
        system,
        attractor,
        type,
        list.length,
        limits.continuum[a],
        memories,
        references.get(a),
      ),
    );
  }
  return { list, ids };
}

function describeAttractor(
  system: DynamicalSystem,
  attractor: Settled,
  type: MechanismAttractor["type"],
  id: number,
  continuum: number,
  memories: readonly number[],
  reference: Reference | undefined,
): MechanismAttractor {
  const n = system.dimension;
  const { multipliers, period, lyapunovExponent } = attractor;
  const some = evenRows(attractor.states, n, mostStates);
  const pairs = multipliers
    ? Array.from(multipliers.real, (re, k) => [re, multipliers.imaginary[k]] as const)
    : null;
  const isPoint = type === "fixed-point";
  return {
    id,
    type,
    motion: attractor.type,
    state: Array.from(attractor.state),
    states: Array.from({ length: some.length / n }, (_, k) => Array.from(rowOf(some, k, n))),
    eigenvalues: isPoint ? pairs : null,
    period: !isPoint && period > 0 ? period : null,
    multipliers: isPoint ? null : pairs,
    stability: multipliers
      ? stabilityOf(isPoint ? system.time : "discrete", multipliers.real, multipliers.imaginary).stability
      : null,
    timeConstant: finite(decayTimeOf(system, attractor)),
    lyapunovExponent: finite(lyapunovExponent),
    continuum: continuum >= 0 ? continuum : null,
    slow: reference ? slowModesOf(reference.slow) : null,
    memories,
  };
}

/**
 * Time constant of the slowest mode of memory i's point that leads toward an attractor of another label: 0 when it
 * ends on no point or there is no other, Infinity when such a mode does not decay. O(D^2) per other attractor.
 */
export function weakestTowardOthers(
  limits: MemoryLimits,
  labels: Int32Array,
  i: number,
  reference: Reference | undefined,
): number {
  if (!reference) return 0;
  const { state } = limits.attractors[limits.of[i]];
  const n = state.length;
  const { timeConstants } = reference.linearization;
  let slowest = 0;
  for (const other of otherAttractors(limits, labels, i)) {
    const { states } = limits.attractors[other];
    let nearest = rowOf(states, 0, n);
    for (let k = 1; k * n < states.length; k++) {
      const row = rowOf(states, k, n);
      if (distanceToStates(state, row) < distanceToStates(state, nearest)) nearest = row;
    }
    const carried = participation(reference.linearization, difference(nearest, state));
    for (let j = 0; j < n; j++)
      if (carried[j] >= leads)
        slowest = Math.max(slowest, timeConstants[j] >= 0 ? timeConstants[j] : Number.POSITIVE_INFINITY);
  }
  return slowest;
}

/** The number, or null where JSON has none for it. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

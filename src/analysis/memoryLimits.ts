import { type DynamicalSystem, exponent, type Vector } from "../core/system.js";
import { cyclePhases } from "./cyclePhases.js";
import { evenRows } from "./evenRows.js";
import type { March } from "./march.js";
import type { LimitKind } from "./mechanismRule.js";
import { omegaLimitPlan } from "./omegaLimits.js";
import type { Plan } from "./plan.js";
import { restContinua } from "./restContinuum.js";
import { rowOf } from "./rows.js";
import { distanceToStates, extentOf } from "./sameAttractor.js";
import type { Settled } from "./settled.js";

/** Where each memory ends, and which of them end in the same place. */
export interface MemoryLimits {
  readonly attractors: readonly Settled[];
  /** Attractor of each memory. */
  readonly of: Int32Array;
  readonly kinds: readonly LimitKind[];
  /** Names the place: an attractor, a continuum of them, or a phase on a cycle. */
  readonly places: readonly string[];
  /** Phase of each memory on its cycle, in turns; NaN where it has none. */
  readonly phases: Float64Array;
  /** Number of the continuum each attractor belongs to, or -1. */
  readonly continuum: Int32Array;
  /** Distance of two memories on one cycle, relative to its size; Infinity when not on one cycle. */
  phaseDistance(i: number, j: number): number;
}

const kindOf: Readonly<Record<Settled["type"], LimitKind>> = {
  "fixed-point": "fixed-point",
  cycle: "limit-cycle",
  "limit-cycle": "limit-cycle",
  "quasi-periodic": "limit-cycle",
  chaotic: "chaotic",
  unbounded: "unbounded",
  "not-settled": "not-settled",
};

/** Distance between phases, relative to the size of the cycle, from which they are safely different. */
const safePhase = 0.02;
/** States of a set that are compared when the distance between two sets is measured. */
const compared = 128;

/** The omega-limits of memories (rows), `input` held (`system` is the one with it held), continua of rest states joined, phases on a common cycle told apart. */
export function* memoryLimits(
  system: DynamicalSystem,
  input: Vector,
  states: Float64Array,
  clock: March,
  steps: number,
  maxPeriod: number,
  onDone: () => void,
): Plan<MemoryLimits> {
  const n = system.dimension;
  const { attractors, of } = yield* omegaLimitPlan(system, input, states, clock, steps, maxPeriod, onDone);
  const count = of.length;
  const kinds = Array.from(of, (a) => kindOf[attractors[a].type]);
  const group = restContinua(system, attractors, clock);
  const sizes = new Map<number, number>();
  for (const g of group) sizes.set(g, (sizes.get(g) ?? 0) + 1);
  const continuum = group.map((g) => (sizes.get(g)! > 1 ? g : -1));

  const places = Array.from(of, (a, i) =>
    kinds[i] === "not-settled" || kinds[i] === "unbounded" ? `${kinds[i]} ${i}` : `attractor ${group[a]}`,
  );
  const phases = new Float64Array(count).fill(Number.NaN);
  const apart = new Map<string, number>();
  for (const [a, attractor] of attractors.entries()) {
    if (kindOf[attractor.type] !== "limit-cycle") continue;
    const members = Array.from(of, (_, i) => i).filter((i) => of[i] === a);
    const rows = new Float64Array(members.length * n);
    for (const [k, i] of members.entries()) rows.set(rowOf(states, i, n), k * n);
    const found = cyclePhases(attractor, rows, clock, steps);
    for (const [k, i] of members.entries()) {
      phases[i] = found.phase[k];
      places[i] = `attractor ${a} phase ${found.group[k]}`;
      for (const [l, j] of members.entries()) apart.set(`${i},${j}`, found.apart[k * members.length + l]);
    }
  }
  return {
    attractors,
    of,
    kinds,
    places,
    phases,
    continuum,
    phaseDistance: (i, j) => apart.get(`${i},${j}`) ?? Number.POSITIVE_INFINITY,
  };
}

/** Distance from memory i's attractor to the nearest one of another label, phases and continua apart; Infinity: none. */
export function gapToOthers(limits: MemoryLimits, labels: Int32Array, i: number): number {
  let gap = Number.POSITIVE_INFINITY;
  for (const other of otherAttractors(limits, labels, i)) {
    const n = limits.attractors[other].state.length;
    const from = evenRows(limits.attractors[limits.of[i]].states, n, compared);
    for (let k = 0; k < from.length; k += n)
      gap = Math.min(gap, distanceToStates(from.subarray(k, k + n), limits.attractors[other].states));
  }
  return gap;
}

/** Attractors, in another place than memory i's, that a memory of another label ends on. */
export function otherAttractors(limits: MemoryLimits, labels: Int32Array, i: number): number[] {
  const found = new Set<number>();
  for (let j = 0; j < labels.length; j++) {
    if (labels[j] === labels[i] || limits.of[j] === limits.of[i] || limits.places[j] === limits.places[i])
      continue;
    if (
      limits.kinds[j] === "fixed-point" ||
      limits.kinds[j] === "limit-cycle" ||
      limits.kinds[j] === "chaotic"
    )
      found.add(limits.of[j]);
  }
  return [...found];
}

/** How far memory i's phase is from the nearest one of another label, over what is safely different; Infinity: none. */
export function phaseMargin(limits: MemoryLimits, labels: Int32Array, i: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let j = 0; j < labels.length; j++)
    if (labels[j] !== labels[i] && limits.places[j] !== limits.places[i])
      nearest = Math.min(nearest, limits.phaseDistance(i, j));
  return nearest / safePhase;
}

/** Distance, in units of the state, by which memory i stays apart from other labels for ever; Infinity: no others. */
export function lastingSeparation(limits: MemoryLimits, labels: Int32Array, i: number): number {
  const { state, states } = limits.attractors[limits.of[i]];
  const phase = phaseMargin(limits, labels, i) * safePhase;
  const byPhase = phase === Number.POSITIVE_INFINITY ? phase : phase * extentOf(states, state.length);
  return Math.min(gapToOthers(limits, labels, i), byPhase);
}

/** Decay time of the slowest mode of a point or cycle: Infinity when one does not decay, NaN when not known. */
export function decayTimeOf(system: DynamicalSystem, { type, period, multipliers }: Settled): number {
  if (!multipliers) return Number.NaN;
  const isPoint = type === "fixed-point";
  let slowest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < multipliers.real.length; k++) {
    const [rate] = exponent(
      isPoint ? system.time : "discrete",
      multipliers.real[k],
      multipliers.imaginary[k],
    );
    slowest = Math.max(slowest, isPoint ? rate : rate / period);
  }
  return slowest < -1e-9 ? -1 / slowest : Number.POSITIVE_INFINITY;
}

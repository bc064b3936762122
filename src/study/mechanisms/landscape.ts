import { march } from "../../analysis/march.js";
import type { MechanismAttractor } from "../../analysis/mechanismReport.js";
import { omegaLimits } from "../../analysis/omegaLimits.js";
import { difference, norm2 } from "../../analysis/rows.js";
import { extentOf, sameAttractor } from "../../analysis/sameAttractor.js";
import type { Settled } from "../../analysis/settled.js";
import type { Matrix } from "../../core/system.js";
import { freeMap } from "./freeMap.js";
import type { FreeRuns } from "./freeRuns.js";
import type { MechanismSubject } from "./mechanismSubject.js";
import { finite } from "./response.js";
import { leadingModes } from "./spectra.js";

/** One attractor of the free network. */
export interface LandscapeAttractor {
  /** "fixed-point", or "moving": a cycle, a torus, chaos. "not-settled": still on its way. */
  readonly kind: "fixed-point" | "moving" | "not-settled";
  /** Runs that ended here: trial ends, and noisy copies. */
  readonly fromEnds: number;
  readonly fromCopies: number;
  /** Whether a memory in delay 1 ends here. */
  readonly fromMemories: boolean;
  /** z there, and |x|; at the last moment of the first run that ended here. */
  readonly answer: number | null;
  readonly size: number | null;
  /** Fixed point: real part of the slowest mode, in 1 / tau, and of the next; else null. */
  readonly rate: number | null;
  readonly nextRate: number | null;
}

/** What {@link landscape} returns: plain data. */
export interface LandscapeReport {
  /** In the order they were met: from trial ends first. */
  readonly attractors: readonly LandscapeAttractor[];
  /** Attractors that trial ends or memories end on. */
  readonly used: number;
  /** Of these, those that trial ends end on. */
  readonly usedByEnds: number;
  /** All that were reached, from noisy copies too. */
  readonly reached: number;
  /** All there must be: those reached and their mirror images (F is odd). */
  readonly total: number;
  /** Of these, those that are not used, nor is their mirror image. */
  readonly spurious: number;
  /** used / total: 1, no attractor but those of the task; null when none was reached. */
  readonly efficiency: number | null;
  /** Runs that were still on their way; they count for nothing else. */
  readonly notSettled: number;
}

/** Extent of the later half of a motion, relative to the earlier, from which it goes on for ever. */
const sustained = 0.9;
/** Extent relative to |x| below which nothing moves. */
const still = 1e-6;
/** Way, in units of the extent, of a motion that returns. */
const returning = 2;
/** Steps for a state that has come to rest nearly. */
const horizon = 3000;
const maxPeriod = 32;

/**
 * Landscape: the attractors that free runs reach from noisy states, against those the task uses, told apart in state
 * space. Two measures of how well a network uses its attractors: used / total, and the number that are spurious.
 *
 * Runs at rest nearly end on the fixed point they are bound for (Newton's method); those that move on without
 * shrinking on a moving attractor, two being one when their orbits over ten trial lengths cover each other.
 *
 * Never throws for numbers. Cost: 3000 rules at most per run that has not settled; 25 N^3 per fixed point.
 * Source: the question, Ghazizadeh & Ching (2021); both measures are ours.
 *
 * @param memories - what `classifyMechanism` found the memories to end on
 */
export function landscape(
  subject: MechanismSubject,
  runs: FreeRuns,
  memories: readonly MechanismAttractor[] = [],
): LandscapeReport {
  const n = subject.network.units;
  const map = freeMap(subject);
  const orbit = (b: number) => runs.late.subarray(b * runs.samples * n, (b + 1) * runs.samples * n);
  const all = Array.from({ length: runs.count }, (_, b) => b);
  const moving = all.filter((b) => isSustained(orbit(b), n));
  const resting = all.filter((b) => !moving.includes(b));
  const last = new Float64Array(resting.length * n);
  for (const [i, b] of resting.entries()) last.set(orbit(b).subarray((runs.samples - 1) * n), i * n);
  const limits = omegaLimits(map, last, march(map, 1), horizon, maxPeriod);

  const found: Found[] = [];
  const add = (settled: Settled): Found => {
    const same = settled.type !== "not-settled" && found.find((a) => sameAttractor(a.settled, settled));
    if (same) return same;
    const one: Found = { settled, runs: [], isMemory: false };
    found.push(one);
    return one;
  };
  for (const b of all) {
    const i = resting.indexOf(b);
    add(i < 0 ? cloudOf(orbit(b), n) : restOrCloud(limits.attractors[limits.of[i]])).runs.push(b);
  }
  for (const memory of memories) add(settledOf(memory)).isMemory = true;

  const known = found.filter(({ settled }) => settled.type !== "not-settled");
  const images = known.map(({ settled }) => known.find((b) => sameAttractor(b.settled, mirror(settled))));
  const isUsed = (a: Found | undefined) => a !== undefined && (a.isMemory || a.runs.some((b) => b < 4));
  const count = (holds: (a: Found, i: number) => boolean) => known.filter(holds).length;
  const isSpurious = (a: Found, i: number) => !isUsed(a) && !isUsed(images[i]);
  const isAlone = (i: number) => images[i] === undefined;
  const used = count(isUsed);
  const total = known.length + count((_, i) => isAlone(i));
  return {
    attractors: found.map((a) => describe(subject, a)),
    used,
    usedByEnds: count(({ runs: from }) => from.some((b) => b < 4)),
    reached: count(({ runs: from }) => from.length > 0),
    total,
    spurious: count(isSpurious) + count((a, i) => isSpurious(a, i) && isAlone(i)),
    efficiency: total === 0 ? null : used / total,
    notSettled: found.length - known.length,
  };
}

/** An attractor and what ended on it. */
interface Found {
  readonly settled: Settled;
  readonly runs: number[];
  isMemory: boolean;
}

/** Whether an orbit (rows in time) comes back over its own extent again and again, without shrinking. */
function isSustained(orbit: Matrix, n: number): boolean {
  const half = Math.floor(orbit.length / n / 2) * n;
  const [early, late] = [orbit.subarray(0, half), orbit.subarray(half)];
  const extent = extentOf(late, n);
  if (!(extent > still * norm2(late.subarray(0, n)) && extent >= sustained * extentOf(early, n)))
    return false;
  let way = 0;
  for (let k = n; k < late.length; k += n)
    way += norm2(difference(late.subarray(k, k + n), late.subarray(k - n, k)));
  return way >= returning * extent;
}

/** A motion that goes on for ever, by samples of it. */
function cloudOf(states: Matrix, n: number): Settled {
  return {
    type: "quasi-periodic",
    state: states.slice(-n),
    states: states.slice(),
    period: Number.NaN,
    lyapunovExponent: Number.NaN,
  };
}

/** A fixed point as it is, every moving attractor as a cloud. */
function restOrCloud(settled: Settled): Settled {
  const { type, state, states } = settled;
  if (type === "fixed-point" || type === "not-settled") return settled;
  return type === "unbounded" ? { ...settled, type: "not-settled" } : cloudOf(states, state.length);
}

function settledOf({ type, state, states, eigenvalues }: MechanismAttractor): Settled {
  const flat = Float64Array.from(states.flat());
  if (type !== "fixed-point") return cloudOf(flat, state.length);
  const pairs = eigenvalues ?? [];
  return {
    ...cloudOf(flat, state.length),
    type,
    multipliers: {
      real: Float64Array.from(pairs, ([re]) => re),
      imaginary: Float64Array.from(pairs, ([, im]) => im),
    },
  };
}

function mirror(settled: Settled): Settled {
  return { ...settled, state: settled.state.map((v) => -v), states: settled.states.map((v) => -v) };
}

function describe(
  { network, trained }: MechanismSubject,
  { settled, runs, isMemory }: Found,
): LandscapeAttractor {
  const { type, state, multipliers } = settled;
  const perStep = network.dt / network.tau;
  const modes =
    multipliers &&
    leadingModes(
      multipliers.real.map((v) => (v - 1) / perStep),
      multipliers.imaginary.map((v) => v / perStep),
    );
  return {
    kind: type === "fixed-point" ? type : type === "not-settled" ? type : "moving",
    fromEnds: runs.filter((b) => b < 4).length,
    fromCopies: runs.filter((b) => b >= 4).length,
    fromMemories: isMemory,
    answer: finite(state.reduce((sum, v, i) => sum + trained.weights[i] * Math.tanh(v), 0)),
    size: finite(norm2(state)),
    rate: modes?.rate ?? null,
    nextRate: modes?.nextRate ?? null,
  };
}

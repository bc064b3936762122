import type { Vector } from "../core/system.js";
import { type Approach, type Arrivals, createArrivals, type Setting } from "./arrival.js";
import { describeMotion } from "./motion.js";
import { isOnCloud, type OrbitCloud } from "./orbitCloud.js";
import type { Task } from "./plan.js";
import type { Settled } from "./settled.js";

/** What is known when trajectories are followed one by one. */
export interface Known extends Setting {
  readonly attractors: readonly Settled[];
  /** The clouds of those that have one, by their numbers. */
  readonly clouds: ReadonlyMap<number, OrbitCloud>;
}

/** A trajectory to follow: where it is, what it was seen to approach, and the steps it is granted. */
export interface Straggler {
  readonly x: Vector;
  readonly seen: Approach | undefined;
  readonly steps: number;
}

/** Where it ends: on a known attractor, or on one described here. `used`: steps of the budget. */
export interface Followed {
  readonly known?: number;
  readonly found?: Settled;
  readonly used: number;
}

/** What describing a motion takes from the budget, in steps. */
export const motionCost = 10_000;
/** Steps granted once more to what has not settled. */
const lateSteps = 4000;

/** Follows one trajectory to the end of its steps and says what it is on. */
export const followAlone: Task<Known, Straggler, Followed> = {
  name: "follow",
  prepare(system, known) {
    const arrivals = createArrivals(system, known);
    const { held, clock, scaleAt } = arrivals;
    const { attractors, clouds, maxSteps } = known;
    return ({ x: x0, seen: before, steps }) => {
      let x = x0;
      let seen = before;
      let used = 0;
      const look = (at: Vector): Omit<Followed, "used"> | undefined => {
        const reached = arrivals.hasLeft(at) ? -1 : arrivals.reached(at, attractors);
        if (reached >= 0) return { known: reached };
        const { found, approach } = lookAt(arrivals, at, seen);
        seen = approach;
        return found && { found };
      };
      let chunk = 256;
      for (let left = steps; left > 0; left -= chunk, used += chunk) {
        const cloud = cloudUnder(arrivals, x, clouds);
        if (cloud >= 0) return { known: cloud, used };
        if (chunk * 4 < maxSteps - left) chunk *= 2;
        x = clock.advance(x, Math.min(chunk, left));
        const end = look(x);
        if (end) return { ...end, used };
      }
      const cloud = cloudUnder(arrivals, x, clouds);
      if (cloud >= 0) return { known: cloud, used };
      const rest = arrivals.lastLook(x, seen);
      if (rest) return { found: rest, used };
      used += motionCost;
      const motion = describeMotion(held, clock.step, clock.perStep, x, scaleAt(x));
      if (motion.type !== "not-settled") return { found: motion, used };
      // Describing took many steps more: it may have arrived by then.
      return { ...(look(clock.advance(x, lateSteps)) ?? { found: motion }), used };
    };
  },
};

/** What x has arrived on, or what it is seen to approach. */
function lookAt(
  arrivals: Arrivals,
  x: Vector,
  before: Approach | undefined,
): { found?: Settled; approach: Approach | undefined } {
  if (arrivals.hasLeft(x)) return { found: endless("unbounded", x), approach: undefined };
  const near = arrivals.nearestReturn(x);
  const arrival = arrivals.isWorthALook(x, near.gap) ? arrivals.arrivalOf(x, near.period) : undefined;
  if (!arrival) return { approach: undefined };
  const approach = arrivals.nextApproach(x, before, arrival, near);
  if (!arrivals.hasArrived(x, arrival) && !arrivals.isProven(approach)) return { approach };
  const found = arrivals.restAt(arrival.state, near.period, false);
  return { ...(found && { found }), approach };
}

/** The cloud that x and the states after it lie on, or -1. */
export function cloudUnder(
  { clock }: Arrivals,
  x: Vector,
  clouds: Iterable<readonly [number, OrbitCloud]>,
): number {
  const some: Vector[] = [];
  let current = x;
  for (const [a, cloud] of clouds) {
    for (let t = some.length; t < 5; t++) {
      current = clock.advance(current, t === 0 ? 1 : 8);
      some.push(current);
    }
    if (some.every((s) => isOnCloud(cloud, s))) return a;
  }
  return -1;
}

/** What is no attractor: a trajectory that left, or that has not settled. */
export function endless(type: "unbounded" | "not-settled", x: Vector): Settled {
  return { type, state: x.slice(), states: x.slice(), period: Number.NaN, lyapunovExponent: Number.NaN };
}

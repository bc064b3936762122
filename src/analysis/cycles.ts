import { checkInteger, fail, type Rows } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { Outcome } from "../core/outcome.js";
import { createRandom } from "../core/random.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import type { Root } from "../solve/polish.js";
import { withInput } from "../systems/withInput.js";
import { type Completeness, indexVerdict, isCompact, unseenEstimate } from "./completeness.js";
import { rowsOf } from "./conditions.js";
import { spectrum } from "./descend.js";
import { drawnStarts } from "./drawnStarts.js";
import { evenRows } from "./evenRows.js";
import { countHits, countOutcomes } from "./fixedPoints.js";
import { forwardStates } from "./forwardStates.js";
import { type KernelName, kernelName } from "./kernelName.js";
import { carryOut, type Plan, perform } from "./plan.js";
import { createRootSearch } from "./rootSearch.js";
import { descents } from "./rows.js";
import { searchOn } from "./searchOn.js";
import {
  type Echoed,
  prepareSearch,
  type SearchOptions,
  searchDefaults,
  searchOptions,
} from "./searchOptions.js";
import { type Stability, stabilityOf } from "./stability.js";

/** Options of {@link findCycles}. */
export interface FindCyclesOptions extends SearchOptions {
  /** Number of steps after which a cycle returns, at least 2. @defaultValue `2` */
  readonly period?: number;
  /** Also search from where up to 256 of the starts are after this many steps of the map. @defaultValue `200` */
  readonly forwardSteps?: number;
}

/** A periodic orbit of a map. */
export interface Cycle {
  /** Position in the report's list. */
  readonly id: number;
  /** Least period, in steps. */
  readonly period: number;
  /** The orbit, row-major, period x D, in the order it is visited. */
  readonly states: Float64Array;
  /** 1/2 |F^k(x) - x|^2 at the first state. */
  readonly q: number;
  /** Newton correction at the first state: about how far the exact orbit is. */
  readonly errorEstimate: number;
  /** Eigenvalues of dF^k/dx, by decreasing modulus: growth over one period. */
  readonly multipliers: { readonly real: Float64Array; readonly imaginary: Float64Array };
  readonly stability: Stability;
  /** Number of multipliers outside the unit circle. */
  readonly unstableDimension: number;
  /** Sign of det(I - dF^k/dx); 0 when degenerate. */
  readonly index: -1 | 0 | 1;
  /** How many starts (given, or carried forward) ended on it. */
  readonly fromStarts: number;
  readonly condition: number;
  readonly input: Vector;
}

/** What {@link findCycles} returns: plain data. */
export interface CycleReport {
  readonly period: number;
  /** Cycles of exactly this period: by condition, then stable ones first. */
  readonly cycles: readonly Cycle[];
  /** States met on the way whose period is a proper divisor: `count * D`, row-major, and that divisor. */
  readonly shorter: readonly {
    readonly period: number;
    readonly state: Vector;
    readonly condition: number;
  }[];
  /** How the searches from the given starts ended ("fixed": on a state of period k or a divisor of k). */
  readonly counts: Readonly<Record<Outcome, number>>;
  /** The index check over all fixed points of F^k, per condition. */
  readonly completeness: readonly Completeness[];
  readonly kernel: KernelName;
  readonly options: Echoed<FindCyclesOptions>;
}

const defaults = { ...searchDefaults, period: 2, forwardSteps: 200 };

/**
 * Cycles of a map: orbits that return after exactly `period` steps while the input is held,
 * `F^k(x) = x` and `F^d(x) != x` for every d < k.
 *
 * The fixed points of the k-th iterate are searched exactly as in `findFixedPoints`, from the starts and
 * from where the map carries them; orbits of shorter period are set aside, and each orbit is listed once
 * with its multipliers. For a flow, make a Poincare map first (`returnMap`): its fixed points are the limit
 * cycles. Throws for wrong arguments and for a flow; numerical trouble is an outcome.
 *
 * Cost: O(k D^3) per step of the search. Source: fixed points of iterates, e.g. Strogatz (2015), section 10.
 *
 * @example
 * ```ts
 * import { findCycles, map } from "rnn-dynamics";
 *
 * const flip = map({ dimension: 1, step: (x, u, out) => { out[0] = -Math.tanh(2 * x[0]); } });
 * const { cycles } = findCycles(flip, [[0.3], [-2]], { period: 2 });
 * cycles.map((c) => c.stability); // => ['stable']
 * ```
 */
export function findCycles(system: DynamicalSystem, starts: Rows, options?: FindCyclesOptions): CycleReport {
  return carryOut(system, cyclePlan(system, starts, options));
}

/** {@link findCycles} as a plan. */
export function* cyclePlan(
  system: DynamicalSystem,
  starts: Rows,
  options?: FindCyclesOptions,
): Plan<CycleReport> {
  const where = "findCycles";
  const given = resolveOptions(where, defaults, options);
  if (system.time !== "discrete")
    fail(
      where,
      "system is a flow, expected a map; its limit cycles are the fixed points of returnMap(flow, ...)",
    );
  checkInteger(where, "period", given.period, 2);
  checkInteger(where, "forwardSteps", given.forwardSteps, 0);
  const { starts: table, hints, conditions, unit, echoed } = prepareSearch(where, system, starts, given);
  const random = createRandom(given.seed);

  const n = system.dimension;
  const cycles: Cycle[] = [];
  const shorter: { period: number; state: Vector; condition: number }[] = [];
  const completeness: Completeness[] = [];
  const outcomes: Outcome[] = [];
  let done = 0;

  for (const [conditionNumber, condition] of conditions.entries()) {
    const held = withInput(system, condition.input);
    const sought = { input: condition.input, period: given.period };
    const search = createRootSearch(system, { ...searchOptions(given), ...sought, unit });
    const bounded = isCompact(system.domain?.(condition.input));
    const own = rowsOf(table, condition.starts);
    const { forwardSteps: steps, distinctTolerance } = given;
    const some = evenRows(own, n, mostForward);
    const carried = yield* forwardStates(n, { input: condition.input, steps }, some, distinctTolerance);
    const ends = yield* search.from(descents(carried, n));
    const ofStarts = yield* search.from(descents(own, n), () => given.onProgress?.(++done, table.count));
    for (const end of ofStarts) {
      ends.push(end);
      outcomes.push(end.outcome);
    }
    const orbit = (x: Vector) => orbitOf(held, x, given.period);
    const foundByStarts = search.roots.length;
    yield* search.from(descents(hints, n));
    const hits = countHits(ends);
    const allHits = hits.slice();
    const { made: extraSearches, budgetSpent } = yield* searchOn(
      search,
      own,
      bounded,
      allHits,
      echoed.searchBudget,
      random.stream(conditionNumber),
      drawnStarts(system, condition.input, given.seed),
      (x) => orbit(x).slice(1),
    );

    const listed = new Set<number>();
    const orbitHits: number[] = [];
    const found: { root: Root; states: Vector[]; fromStarts: number }[] = [];
    for (const [i, root] of search.roots.entries()) {
      if (listed.has(i)) continue;
      const states = orbit(root.x);
      const period = leastPeriod(root.x, states, distinctTolerance, unit);
      const members = new Set(states.slice(0, period).map((x) => search.find(x)));
      members.add(i);
      let fromStarts = 0;
      let searches = 0;
      for (const member of members) {
        listed.add(member);
        fromStarts += hits[member] ?? 0;
        searches += allHits[member] ?? 0;
      }
      orbitHits.push(searches);
      if (period < given.period) shorter.push({ period, state: root.x, condition: condition.id });
      else found.push({ root, states, fromStarts });
    }
    const firsts = found.map(({ root }) => root.x);
    const spectra = yield* perform(spectrum, sought, firsts);
    const described = found.map(({ root, states, fromStarts }, i) => {
      const { real, imaginary } = spectra[i];
      const flat = new Float64Array(given.period * n);
      for (const [k, x] of states.entries()) flat.set(x, k * n);
      return {
        period: given.period,
        states: flat,
        q: root.q,
        errorEstimate: root.correction,
        multipliers: { real, imaginary },
        ...stabilityOf("discrete", real, imaginary),
        index: root.index,
        fromStarts,
        condition: condition.id,
        input: condition.input.slice(),
      };
    });
    described.sort((a, b) => a.unstableDimension - b.unstableDimension);
    for (const cycle of described) cycles.push({ id: cycles.length, ...cycle });
    completeness.push({
      condition: condition.id,
      ...indexVerdict(
        search.roots.map((root) => root.index),
        bounded,
      ),
      unseenEstimate: unseenEstimate(orbitHits),
      extraSearches,
      budgetSpent,
      foundByExtraSearches: search.roots.length - foundByStarts,
    });
  }

  return {
    period: given.period,
    cycles,
    shorter,
    counts: countOutcomes(outcomes),
    completeness,
    kernel: kernelName,
    options: { ...echoed, period: given.period, forwardSteps: given.forwardSteps },
  };
}

/** Starts carried forward at most. */
const mostForward = 256;

/** x, F(x), ..., F^(k-1)(x). */
function orbitOf(system: DynamicalSystem, x: Vector, k: number): Vector[] {
  const none = new Float64Array(0);
  const states = [x.slice()];
  while (states.length < k) {
    const next = new Float64Array(x.length);
    system.rule(states[states.length - 1], none, next);
    states.push(next);
  }
  return states;
}

/** The smallest d >= 1 with F^d(x) = x to tolerance; the orbit's length when there is none shorter. */
function leastPeriod(x: Vector, orbit: readonly Vector[], tolerance: number, unit: number): number {
  const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  for (let d = 1; d < orbit.length; d++) {
    if (orbit.length % d !== 0) continue;
    const distance = Math.sqrt(x.reduce((sum, v, i) => sum + (v - orbit[d][i]) ** 2, 0));
    if (distance <= tolerance * (unit + size)) return d;
  }
  return orbit.length;
}

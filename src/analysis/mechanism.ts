import { checkInteger, checkNumber } from "../core/check.js";
import { resolveOptions } from "../core/defaults.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { type ActivityProfile, activityProfile } from "./activityProfile.js";
import { type DelayPaths, delayPaths } from "./delayPaths.js";
import { mechanismArguments } from "./mechanismArguments.js";
import { finite, mechanismAttractors, weakestTowardOthers } from "./mechanismAttractors.js";
import type { ClassifyMechanismOptions, LabelledStates } from "./mechanismOptions.js";
import { mechanismReasons } from "./mechanismReasons.js";
import {
  type MechanismMemory,
  type MechanismReport,
  mechanismSchema,
  type OriginalProtocol,
} from "./mechanismReport.js";
import { sharedPlaces } from "./mechanismRule.js";
import { type MemoryEvidence, mechanismVerdict } from "./mechanismVerdict.js";
import { decayTimeOf, gapToOthers, memoryLimits, phaseMargin } from "./memoryLimits.js";
import { memorySeparation } from "./memorySeparation.js";
import { describeModes, type Reference, slowPointsNear, slowShares } from "./memorySlowness.js";
import { originalTest } from "./originalProtocol.js";
import { carryOut, type Plan, perform } from "./plan.js";
import { difference, norm2, rowOf } from "./rows.js";
import { distanceToStates } from "./sameAttractor.js";
import { betweenToWithin, nearestNeighbourAccuracy } from "./separability.js";
import { stabilityOf } from "./stability.js";

export type { ClassifyMechanismOptions, LabelledStates, MechanismStage } from "./mechanismOptions.js";
export type {
  LifetimeKind,
  MechanismAttractor,
  MechanismMemory,
  MechanismReport,
  MechanismSlowPoint,
  OriginalLabel,
  OriginalProtocol,
  SlowModes,
} from "./mechanismReport.js";
export type { LimitKind, MechanismLabel, UnclassifiedReason } from "./mechanismRule.js";

const defaults = {
  delay: undefined as number | undefined,
  input: undefined as ArrayLike<number> | undefined,
  readout: undefined as ClassifyMechanismOptions["readout"],
  readoutTolerance: undefined as number | undefined,
  resolution: undefined as number | undefined,
  solved: true as boolean | ArrayLike<boolean>,
  horizon: undefined as number | undefined,
  dt: undefined as number | undefined,
  maxPeriod: 32,
  rates: undefined as ClassifyMechanismOptions["rates"],
  slowStarts: undefined as number | undefined,
  original: undefined as Partial<OriginalProtocol> | undefined,
  seed: 0,
  onProgress: undefined as ClassifyMechanismOptions["onProgress"],
};

/** Default horizon: so many delays; at least and, beyond some delays, at most so many steps. */
const longRun = { delays: 300, leastSteps: 10_000, mostSteps: 100_000, leastDelays: 30 };
/** Default protocol of the authors' rule, in delays (their trial lasts 7 delays: 50 trials, the last 2). */
const originalRun = { delays: 350, window: 14, copies: 0, noise: 0.5 };

/**
 * Mechanism of a memory: by which dynamics a network keeps labelled states apart during a delay.
 *
 * Each memory is followed through the delay and on to its omega-limit, with the input held: a fixed point (refined by
 * Newton's method), a cycle, chaos (by its Lyapunov exponent), escape, or not settled. Limits are told apart in state
 * space. If the task is solved and labels can be told apart when the delay ends: "direct-fixed-point", no two labels
 * share their point; "limit-cycle", all end on cycles and no two labels on the same phase of the same one;
 * "slow-manifold", every memory ends where another label ends too, so that only a slow way there holds it; "mixed",
 * some of each. Otherwise "unclassified", with the reason. Points of a continuous set of rest states count as one.
 *
 * `confidence` is the lowest score among the label's checks (x / (1 + x), x times over the threshold; below 0.5 the
 * label is borderline), `runnerUp` what the label would be if that check failed. See docs/mechanisms.md.
 *
 * @param memories - labelled states at the start of the delay; two different labels at least; not changed
 * @returns Plain data, ready for `JSON.stringify`. Throws for wrong arguments only; trouble is a limit or null.
 *
 * Cost: at most P (2 horizon / dt) rules (P memories; those that settle stop early), 30 D^3 per attractor and slow point.
 *
 * Source: the question and the four mechanisms, Ghazizadeh & Ching (2021); slow points, Sussillo & Barak (2013).
 *
 * @example
 * ```ts
 * const bistable = map({ dimension: 1, step: ([x]) => [Math.tanh(2 * x)] });
 * const memories = { states: [[0.5], [-0.5]], labels: ["up", "down"] };
 * const { label, attractors } = classifyMechanism(bistable, memories, { delay: 20 });
 * label; // => "direct-fixed-point"
 * attractors.length; // => 2
 * ```
 */
export function classifyMechanism(
  system: DynamicalSystem,
  memories: LabelledStates,
  options: ClassifyMechanismOptions,
): MechanismReport {
  return carryOut(system, mechanismPlan(system, memories, options));
}

/** {@link classifyMechanism} as a plan. */
export function* mechanismPlan(
  system: DynamicalSystem,
  memories: LabelledStates,
  options: ClassifyMechanismOptions,
): Plan<MechanismReport> {
  const where = "classifyMechanism";
  const given = resolveOptions(where, defaults, options);
  const asked = mechanismArguments(where, system, memories, given);
  const { held, input, states, labels, delay, readout } = asked;
  const n = held.dimension;
  const all = Array.from(labels, (_, i) => i);
  const progress = given.onProgress ?? (() => {});

  progress("delay", 0, 1);
  const paths = yield* delayPaths(held, input, states, delay, given.dt);
  const clock = paths.march;
  const end = paths.states[paths.states.length - 1];
  const horizon = given.horizon ?? defaultHorizon(delay, clock.perStep);
  const protocol = readout && originalProtocol(where, given.original, asked, end);
  let settled = 0;
  const steps = Math.ceil(horizon / clock.perStep);
  const limits = yield* memoryLimits(held, input, states, clock, steps, given.maxPeriod, () =>
    progress("limits", ++settled, all.length),
  );
  const shared = sharedPlaces(limits.places.map((place, i) => ({ label: labels[i], place })));

  progress("lifetimes", 0, 1);
  const separation = yield* memorySeparation(input, paths, labels, limits, shared, given.resolution, horizon);
  const outputs = readout && outputSeparation(paths, labels, n, readout);
  const tolerance = given.readoutTolerance;
  const isReadable = (i: number) => tolerance === undefined || outputs![outputs!.length - 1][i] > tolerance;

  progress("slow points", 0, 1);
  const points = limits.attractors.flatMap(({ type, state }, id) =>
    type === "fixed-point" ? [{ id, state }] : [],
  );
  const described = yield* perform(describeModes, { at: "attractor", input, delay }, points);
  const references = new Map(described.map((reference) => [reference.id, reference]));
  const slow = yield* slowPointsNear(system, input, paths, median(separation.perTime[0]), asked.slowStarts);

  const evidence = all.map((i): MemoryEvidence => {
    const attractor = limits.attractors[limits.of[i]];
    const isCycle = limits.kinds[i] === "limit-cycle";
    const isPoint = limits.kinds[i] === "fixed-point";
    const { real, imaginary } = attractor.multipliers ?? {
      real: new Float64Array(0),
      imaginary: new Float64Array(0),
    };
    return {
      label: labels[i],
      limit: limits.kinds[i],
      place: limits.places[i],
      toldApart: separation.toldApart[i] && isReadable(i),
      lostInReadout: separation.toldApart[i] && !isReadable(i),
      separation: separation.perTime[separation.perTime.length - 1][i],
      resolution: separation.resolution[i],
      decayTime: separation.decayTime[i],
      toGo: distanceToStates(rowOf(end, i, n), attractor.states),
      gapToOthers: gapToOthers(limits, labels, i),
      weakestTimeConstant: weakestTowardOthers(limits, labels, i, references.get(limits.of[i])),
      cycleTimeConstant: isCycle ? decayTimeOf(held, attractor) : 0,
      cyclePeriod: isCycle ? attractor.period : 0,
      phaseMargin: phaseMargin(limits, labels, i),
      onContinuum: limits.continuum[limits.of[i]] >= 0,
      isUnstable: isPoint && stabilityOf(held.time, real, imaginary).unstableDimension > 0,
      lyapunovExponent: attractor.lyapunovExponent,
    };
  });
  const verdict = mechanismVerdict(evidence, {
    delay,
    horizon,
    unit: held.time === "discrete" ? "steps" : "units of time",
    solved: asked.solvedShare,
  });

  const { list: attractors, ids } = mechanismAttractors(held, limits, references);
  const remembered = evidence.map((m, i): MechanismMemory => {
    const settles = m.limit === "fixed-point" || m.limit === "limit-cycle";
    const from = rowOf(states, i, n);
    const to = rowOf(end, i, n);
    const candidates = [references.get(limits.of[i]), ...slow.map((p) => p.reference)];
    const reference = nearestReference(candidates, to);
    const share = reference && to.every(Number.isFinite) ? slowShares(reference, from, to) : null;
    const { time, kind } = separation.lifetime[i];
    return {
      label: asked.names[i],
      limit: m.limit,
      attractor: ids[limits.of[i]] < 0 ? null : ids[limits.of[i]],
      phase: finite(limits.phases[i]),
      shared: shared[i],
      toldApart: m.toldApart,
      lifetime: finite(time),
      lifetimeKind: kind,
      separation: { start: finite(separation.perTime[0][i]), delay: finite(m.separation) },
      resolution: m.resolution,
      decayTime: finite(m.decayTime),
      toGo: settles ? finite(m.toGo) : null,
      gapToOthers: finite(m.gapToOthers),
      weakestTimeConstant: m.weakestTimeConstant > 0 ? finite(m.weakestTimeConstant) : null,
      path: { length: finite(pathLength(paths, i, n)), displacement: finite(norm2(difference(to, from))) },
      slowShare: share && share.at === "attractor" ? { ...share, id: ids[share.id] } : share,
    };
  });
  const meanSpeed = paths.speeds.map((row) => row.reduce((sum, v) => sum + v, 0) / row.length);
  const activity = activityOf(paths, n, given.rates);
  const times = Array.from(paths.times);
  const rows = (table: readonly Float64Array[]) => all.map((i) => table.map((row) => finite(row[i])));
  const lowest = (table: readonly Float64Array[]) => table.map((row) => finite(Math.min(...row)));
  const test = (variant: "trial-ends" | "noisy") =>
    originalTest(variant, clock, input, states, readout!, protocol!, given.seed);
  const originalRule = protocol
    ? { trialEnds: yield* test("trial-ends"), noisy: protocol.copies > 0 ? yield* test("noisy") : null }
    : null;
  const report: Omit<MechanismReport, "reasons"> = {
    schema: mechanismSchema,
    ...verdict,
    system: { time: held.time, dimension: n },
    memories: remembered,
    attractors,
    slowPoints: slow.map(({ point }, id) => ({ id, ...point })),
    separability: {
      times,
      nearestOther: rows(separation.perTime),
      smallest: lowest(separation.perTime),
      betweenToWithin: paths.states.map((s) => finite(betweenToWithin(s, n, labels) ?? Number.NaN)),
      nearestNeighbourAccuracy: paths.states.map((s) => nearestNeighbourAccuracy(s, n, labels)),
      toldApart: evidence.every((m) => m.toldApart),
      readout: outputs
        ? {
            smallest: lowest(outputs),
            tolerance: tolerance ?? null,
            toldApart: tolerance === undefined ? null : all.every(isReadable),
          }
        : null,
    },
    speeds: {
      times,
      mean: meanSpeed.map(finite),
      perMemory: rows(paths.speeds),
      endToStart: finite(meanSpeed[meanSpeed.length - 1] / meanSpeed[0]),
    },
    activity: activity && { phasicIndex: finite(activity.phasicIndex), saturation: activity.saturation },
    originalRule,
    options: {
      delay,
      horizon,
      input: Array.from(asked.input),
      dt: held.time === "discrete" ? null : clock.perStep,
      maxPeriod: given.maxPeriod,
      resolution: given.resolution ?? null,
      readoutTolerance: tolerance ?? null,
      solved: typeof given.solved === "boolean" ? given.solved : Array.from(given.solved),
      slowStarts: asked.slowStarts,
      original: protocol ?? null,
      seed: given.seed,
    },
  };
  return { ...report, reasons: mechanismReasons(report) };
}

function defaultHorizon(delay: number, perStep: number): number {
  const { delays, leastSteps, mostSteps, leastDelays } = longRun;
  const most = Math.max(mostSteps * perStep, leastDelays * delay);
  return Math.max(leastSteps * perStep, Math.min(delays * delay, most));
}

/** Largest difference of any output between each memory and the one of another label whose outputs are nearest, per time. */
function outputSeparation(
  paths: DelayPaths,
  labels: Int32Array,
  n: number,
  readout: (state: Vector) => Float64Array,
): Float64Array[] {
  return paths.states.map((states) => {
    const outputs = Array.from(labels, (_, i) => readout(rowOf(states, i, n)));
    const nearest = new Float64Array(labels.length).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < labels.length; i++)
      for (let j = 0; j < labels.length; j++)
        if (labels[i] !== labels[j]) {
          const apart = Math.max(...difference(outputs[i], outputs[j]).map(Math.abs));
          if (!(apart >= nearest[i])) nearest[i] = apart;
        }
    return nearest;
  });
}

/** The attractor or slow point nearest to where the delay ends; the first of equals. */
function nearestReference(
  candidates: readonly (Reference | undefined)[],
  end: Vector,
): Reference | undefined {
  let best: Reference | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (!candidate) continue;
    const distance = norm2(difference(candidate.linearization.state, end));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

function activityOf(
  paths: DelayPaths,
  n: number,
  rates: ClassifyMechanismOptions["rates"],
): ActivityProfile | null {
  if (!paths.states.every((states) => states.every(Number.isFinite))) return null;
  if (rates === undefined) {
    const areRates = paths.states.every((states) => states.every((v) => Math.abs(v) <= 1));
    return areRates ? activityProfile(paths.states) : null;
  }
  return activityProfile(
    paths.states.map((states) =>
      Float64Array.from(
        Array.from({ length: states.length / n }, (_, i) =>
          Array.from(rates(rowOf(states, i, n).slice())),
        ).flat(),
      ),
    ),
  );
}

function originalProtocol(
  where: string,
  given: Partial<OriginalProtocol> | undefined,
  { labels, delay, readout }: ReturnType<typeof mechanismArguments>,
  end: Float64Array,
): OriginalProtocol {
  const n = end.length / labels.length;
  let largest = 0;
  for (let i = 0; i < labels.length; i++)
    for (const y of readout!(rowOf(end, i, n))) if (Math.abs(y) > largest) largest = Math.abs(y);
  const protocol = resolveOptions(
    `${where}: original`,
    {
      run: originalRun.delays * delay,
      window: originalRun.window * delay,
      outcomes: new Set(labels).size,
      largestTarget: largest,
      copies: originalRun.copies,
      noise: originalRun.noise,
    },
    given,
  );
  checkNumber(where, "original.run", protocol.run, 0);
  checkNumber(where, "original.window", protocol.window, 0, protocol.run);
  checkInteger(where, "original.outcomes", protocol.outcomes, 1);
  checkNumber(where, "original.largestTarget", protocol.largestTarget, 0);
  checkInteger(where, "original.copies", protocol.copies, 0);
  checkNumber(where, "original.noise", protocol.noise, 0);
  return protocol;
}

function pathLength(paths: DelayPaths, i: number, n: number): number {
  let length = 0;
  for (let s = 1; s < paths.states.length; s++)
    length += norm2(difference(rowOf(paths.states[s], i, n), rowOf(paths.states[s - 1], i, n)));
  return length;
}

function median(values: Float64Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  return sorted.length === 0 ? 0 : sorted[Math.floor(sorted.length / 2)];
}

import {
  baseRule,
  type MechanismLabel,
  type MemoryFate,
  placesRule,
  sharedPlaces,
  type UnclassifiedReason,
} from "./mechanismRule.js";

/** One memory as the verdict sees it. Infinity is allowed everywhere. */
export interface MemoryEvidence extends MemoryFate {
  /** Separation from other labels when the delay ends, and the one below which it is lost. */
  readonly separation: number;
  readonly resolution: number;
  /** e-fold time of that separation late in the delay. */
  readonly decayTime: number;
  /** Distance left to its attractor when the delay ends. */
  readonly toGo: number;
  /** Distance from its attractor to the nearest one of another label; Infinity: none. */
  readonly gapToOthers: number;
  /** Slowest time constant that leads toward an attractor of another label; 0: none. */
  readonly weakestTimeConstant: number;
  /** Time constant and length of a turn of its cycle; 0 elsewhere. */
  readonly cycleTimeConstant: number;
  readonly cyclePeriod: number;
  /** Distance to the nearest phase of another label on its cycle, over what is safely different; Infinity: none. */
  readonly phaseMargin: number;
  /** Whether its point is one of a continuous set. */
  readonly onContinuum: boolean;
  /** Whether its limit has a growing mode. */
  readonly isUnstable: boolean;
  readonly lyapunovExponent: number;
  /** Whether it is the readout, not the state, that cannot be told apart. */
  readonly lostInReadout: boolean;
}

/** A piece of evidence that a label has to pass. */
export interface Check {
  /** x / (1 + x), x how many times the evidence exceeds its threshold: 0.5 on the threshold. */
  readonly score: number;
  /** The label if this check failed. */
  readonly otherwise: MechanismLabel;
  readonly sentence: string;
}

/** The label with what speaks for it. */
export interface Verdict {
  readonly label: MechanismLabel;
  readonly unclassified: UnclassifiedReason | null;
  readonly confidence: number;
  readonly runnerUp: MechanismLabel | null;
  readonly checks: readonly Check[];
}

/** What the numbers are measured against. */
export interface VerdictContext {
  readonly delay: number;
  readonly horizon: number;
  /** "steps" or "units of time". */
  readonly unit: string;
  /** Share of tasks solved. */
  readonly solved: number;
}

/** Weak stability: a mode that takes more than this many delays to act keeps no memory apart within one. */
const weakAfter = 3;
/** Scores of a limit that is no attractor, of a continuum of points, of cycles, and of a curve without multipliers. */
const unstableScore = 0.1;
const continuumScore = 0.65;
const neutralScore = 0.6;
const unrefinedScore = 0.8;
/** Growth of a small distance, as its logarithm, that counts as chaos. */
const parted = 12;
/** Share of memories in the smaller part from which "mixed" is beyond doubt, up to a half. */
const minority = 0.1;

/**
 * The base rule, and how well its label stands: each label has checks to pass, each check a score, and the confidence
 * is the lowest score. The runner-up is what the label would be if that check failed.
 */
export function mechanismVerdict(memories: readonly MemoryEvidence[], context: VerdictContext): Verdict {
  const { label, reason } = baseRule(memories, context.solved === 1);
  const checks =
    reason === null ? mechanismChecks(label, memories, context) : reasonChecks(reason, memories, context);
  const weakest = checks.reduce((a, b) => (b.score < a.score ? b : a));
  return {
    label,
    unclassified: reason,
    confidence: weakest.score,
    runnerUp: weakest.otherwise === label ? null : weakest.otherwise,
    checks,
  };
}

function reasonChecks(
  reason: UnclassifiedReason,
  memories: readonly MemoryEvidence[],
  context: VerdictContext,
): Check[] {
  const settled = memories.every((m) => m.limit === "fixed-point" || m.limit === "limit-cycle");
  const one = (score: number, otherwise: MechanismLabel, sentence: string) => [
    { score, otherwise, sentence },
  ];
  switch (reason) {
    case "not learned": {
      const failed = 1 - context.solved;
      const otherwise = baseRule(memories, true).label;
      const how = context.solved === 0 ? "not solved" : `not solved from ${percent(failed)} of the memories`;
      return one(Math.max(0.5, failed), otherwise, `Not learned: the task is ${how}.`);
    }
    case "unbounded":
      return one(
        1,
        "slow-manifold",
        `Unbounded: ${countOf(memories, (m) => m.limit === "unbounded")} grow without limit.`,
      );
    case "chaos": {
      const chaotic = memories.filter((m) => m.limit === "chaotic");
      const exponent = Math.max(...chaotic.map((m) => m.lyapunovExponent));
      return one(
        margin(exponent * context.horizon, parted),
        "limit-cycle",
        `Chaos: ${countOf(memories, (m) => m.limit === "chaotic")} end in motion with a largest Lyapunov exponent of ${say(exponent)} per ${context.unit === "steps" ? "step" : "unit of time"}.`,
      );
    }
    case "memory already lost": {
      const lost = memories.filter((m) => !m.toldApart);
      const worst = lost.reduce((a, b) => (ratioOf(b) < ratioOf(a) ? b : a));
      return one(
        worst.lostInReadout ? 0.5 : Math.max(0.5, margin(1, ratioOf(worst))),
        settled ? placesRule(memories) : "slow-manifold",
        `Memory already lost: when the delay ends, ${countOf(memories, (m) => !m.toldApart)} cannot be told from another label (${worst.lostInReadout ? "in the readout, to the tolerance asked for" : `separation ${say(worst.separation)}, resolution ${say(worst.resolution)}`}).`,
      );
    }
    case "not settled":
      return one(
        0.5,
        "slow-manifold",
        `Not settled: after ${say(context.horizon)} ${context.unit}, ${countOf(memories, (m) => m.limit === "not-settled")} are still on their way; raise the horizon.`,
      );
  }
}

function mechanismChecks(
  label: MechanismLabel,
  memories: readonly MemoryEvidence[],
  context: VerdictContext,
): Check[] {
  const shared = sharedPlaces(memories);
  const alone = memories.filter((_, i) => !shared[i]);
  const together = memories.filter((_, i) => shared[i]);
  const points = alone.filter((m) => m.limit === "fixed-point");
  const cycles = alone.filter((m) => m.limit === "limit-cycle");
  const checks = [toldApart(memories, context)];
  const part = (otherwise: MechanismLabel) => (label === "mixed" ? "mixed" : otherwise);
  if (points.length > 0) checks.push(...pointChecks(points, context, part("slow-manifold")));
  if (cycles.length > 0) checks.push(...cycleChecks(cycles, context, part("slow-manifold")));
  if (together.length > 0) checks.push(...sharedChecks(together, context));
  if (label === "mixed") checks.push(balance(memories, points, cycles, together));
  // Under "mixed", a part that fails leaves what the other parts are.
  return checks.map((c) =>
    c.otherwise === label ? { ...c, otherwise: dominant(points, cycles, together) } : c,
  );
}

function toldApart(memories: readonly MemoryEvidence[], { delay, unit }: VerdictContext): Check {
  const worst = memories.reduce((a, b) => (ratioOf(b) < ratioOf(a) ? b : a));
  return {
    score: Math.max(0.5, margin(ratioOf(worst), 1)),
    otherwise: "unclassified",
    sentence: `After the delay of ${say(delay)} ${unit} every label can be told apart: the closest two are ${say(worst.separation)} apart, the resolution is ${say(worst.resolution)}.`,
  };
}

function pointChecks(
  points: readonly MemoryEvidence[],
  { delay, unit }: VerdictContext,
  otherwise: MechanismLabel,
): Check[] {
  const far = points.reduce((a, b) => (b.toGo / b.gapToOthers > a.toGo / a.gapToOthers ? b : a));
  const weak = points.reduce((a, b) => (b.weakestTimeConstant > a.weakestTimeConstant ? b : a));
  const checks: Check[] = [];
  if (Number.isFinite(far.gapToOthers))
    checks.push({
      score: margin(far.gapToOthers / 2, far.toGo),
      otherwise,
      sentence: `When the delay ends, the memories are within ${say(far.toGo)} of their own points; the nearest point of another label is ${say(far.gapToOthers)} away from there.`,
    });
  if (weak.weakestTimeConstant > 0) {
    const score = margin(weakAfter * delay, weak.weakestTimeConstant);
    checks.push({
      score,
      otherwise,
      sentence:
        `The points of different labels are ${score < 0.5 ? "only weakly" : ""} stable against each other: the slowest mode between them takes ${say(weak.weakestTimeConstant)} ${unit}, the delay lasts ${say(delay)}.`.replace(
          "  ",
          " ",
        ),
    });
  }
  if (points.some((m) => m.isUnstable))
    checks.push({
      score: unstableScore,
      otherwise,
      sentence: `${countOf(points, (m) => m.isUnstable)} rest on unstable points: the least noise drives them away.`,
    });
  return checks;
}

function cycleChecks(
  cycles: readonly MemoryEvidence[],
  { delay, unit }: VerdictContext,
  otherwise: MechanismLabel,
): Check[] {
  const checks: Check[] = [];
  const phase = Math.min(...cycles.map((m) => m.phaseMargin));
  if (phase < Number.POSITIVE_INFINITY)
    checks.push({
      score: margin(phase, 1),
      otherwise,
      sentence: `Memories on the same cycle keep different phases: the closest two are ${say(phase)} times as far apart as is safe (2 % of the size of the cycle).`,
    });
  const apart = cycles.filter((m) => m.gapToOthers < Number.POSITIVE_INFINITY);
  if (apart.length > 0) {
    const far = apart.reduce((a, b) => (b.toGo / b.gapToOthers > a.toGo / a.gapToOthers ? b : a));
    checks.push({
      score: margin(far.gapToOthers / 2, far.toGo),
      otherwise,
      sentence: `When the delay ends, the memories are within ${say(far.toGo)} of their own cycles; the nearest attractor of another label is ${say(far.gapToOthers)} away.`,
    });
    const weak = apart.reduce((a, b) => (b.cycleTimeConstant > a.cycleTimeConstant ? b : a));
    if (Number.isFinite(weak.cycleTimeConstant) && weak.cycleTimeConstant > 0)
      checks.push({
        score: margin(weakAfter * Math.max(delay, weak.cyclePeriod), weak.cycleTimeConstant),
        otherwise,
        sentence: `Deviations from the cycles decay within ${say(weak.cycleTimeConstant)} ${unit}; a turn takes ${say(weak.cyclePeriod)}.`,
      });
  }
  if (cycles.some((m) => m.cycleTimeConstant === Number.POSITIVE_INFINITY))
    checks.push({
      score: neutralScore,
      otherwise,
      sentence: "A cycle does not attract from all sides: it is one of a continuous family of cycles.",
    });
  if (cycles.some((m) => Number.isNaN(m.cycleTimeConstant)))
    checks.push({
      score: unrefinedScore,
      otherwise,
      sentence:
        "A closed curve was seen to return, without a period of whole steps: its multipliers are not known.",
    });
  return checks;
}

function sharedChecks(together: readonly MemoryEvidence[], { delay, unit }: VerdictContext): Check[] {
  if (together.every((m) => m.onContinuum))
    return [
      {
        score: continuumScore,
        otherwise: "direct-fixed-point",
        sentence:
          "The memories rest on one continuous set of fixed points (a line, ring or sheet): nothing holds them in place along it.",
      },
    ];
  const worst = together.reduce((a, b) => (b.decayTime < a.decayTime ? b : a));
  const score = margin(worst.decayTime, delay, 1.5);
  const checks: Check[] = [
    {
      score,
      otherwise: "unclassified",
      sentence:
        score >= 0.5
          ? `Labels that end in the same place come together slowly: their separation takes ${say(worst.decayTime)} ${unit} to fall e-fold, the delay lasts ${say(delay)}.`
          : `There is no slow passage: the separation of labels that end in the same place falls e-fold in ${say(worst.decayTime)} ${unit}, the delay lasts ${say(delay)}; a fast decay is merely still visible.`,
    },
  ];
  if (together.some((m) => m.isUnstable))
    checks.push({
      score: unstableScore,
      otherwise: "unclassified",
      sentence: `${countOf(together, (m) => m.isUnstable)} rest on unstable points: the least noise drives them away.`,
    });
  return checks;
}

function balance(
  memories: readonly MemoryEvidence[],
  points: readonly MemoryEvidence[],
  cycles: readonly MemoryEvidence[],
  together: readonly MemoryEvidence[],
): Check {
  const parts = [points.length, cycles.length, together.length];
  const largest = Math.max(...parts);
  const rest = 1 - largest / memories.length;
  return {
    score: margin(rest, minority),
    otherwise: dominant(points, cycles, together),
    sentence: `Mixed: ${points.length} of ${memories.length} memories have a point of their own, ${cycles.length} a cycle (or phase) of their own, ${together.length} share their place with another label.`,
  };
}

function dominant(
  points: readonly unknown[],
  cycles: readonly unknown[],
  together: readonly unknown[],
): MechanismLabel {
  if (together.length >= points.length && together.length >= cycles.length) return "slow-manifold";
  return points.length >= cycles.length ? "direct-fixed-point" : "limit-cycle";
}

/** How many times a memory's separation exceeds the resolution. */
function ratioOf({ separation, resolution }: MemoryEvidence): number {
  return separation > 0 ? separation / resolution : 0;
}

/** x / (1 + x) with x = (value / threshold)^power, at both ends too. */
export function margin(value: number, threshold: number, power = 1): number {
  if (value === Number.POSITIVE_INFINITY) return threshold === Number.POSITIVE_INFINITY ? 0.5 : 1;
  if (!(value > 0)) return 0;
  if (threshold === 0) return 1;
  const x = (value / threshold) ** power;
  return x === Number.POSITIVE_INFINITY ? 1 : x / (1 + x);
}

function countOf(memories: readonly MemoryEvidence[], which: (m: MemoryEvidence) => boolean): string {
  return `${memories.filter(which).length} of ${memories.length} memories`;
}

/** Three digits, for people. */
export function say(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "infinitely many";
  if (!Number.isFinite(value)) return "an unknown number";
  return String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

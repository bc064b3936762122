import type { MechanismReport } from "../../analysis/mechanismReport.js";
import type { LimitKind, MechanismLabel, UnclassifiedReason } from "../../analysis/mechanismRule.js";

/** What a classification came to. */
export interface Verdict {
  readonly label: MechanismLabel;
  /** Why the label is "unclassified"; else null. */
  readonly reason: UnclassifiedReason | null;
  /** In [0, 1]; below 0.5 the label is borderline. */
  readonly confidence: number;
  /** What the label would be if its weakest check failed; where the task is not solved, if it were. */
  readonly runnerUp: MechanismLabel | null;
}

/** A {@link MechanismReport} in a few numbers. Times in tau; null: infinite, or not known. P memories. */
export interface VerdictEvidence {
  /** How many memories end on each kind of limit. */
  readonly limits: Readonly<Record<LimitKind, number>>;
  /** Share of memories that end where one of another label ends too. */
  readonly shared: number;
  /** Attractors that memories end on. */
  readonly attractors: number;
  /** Largest time constant at a fixed point that memories end on. */
  readonly timeConstant: number | null;
  /** Modes there that last longer than the delay. */
  readonly slowModes: number | null;
  /** How many times as fast the next mode decays. */
  readonly gap: number | null;
  /** Shortest and median time for which a memory can be told apart, from the start of the delay. */
  readonly shortestLifetime: number | null;
  readonly medianLifetime: number | null;
  /** Share of memories that last for ever, or beyond the horizon. */
  readonly lasting: number;
  /** Shortest time in which the separation of labels falls e-fold late in the delay. */
  readonly separationTime: number | null;
  /** Smallest distance between labels when the delay ends, and relative to when it starts. */
  readonly separation: number | null;
  readonly separationKept: number | null;
  /** Median share of the displacement during the delay, and of what is then left of the way, in the slow modes. */
  readonly slowShareOfDisplacement: number | null;
  readonly slowShareOfDeviation: number | null;
  /** Mean speed when the delay ends over that when it starts. */
  readonly endToStartSpeed: number | null;
  /** The evidence in sentences; they count in steps. */
  readonly reasons: readonly string[];
}

/** The verdict of a report. */
export function verdictOf({ label, unclassified, confidence, runnerUp }: MechanismReport): Verdict {
  return { label, reason: unclassified, confidence, runnerUp };
}

/** The evidence of a report on a map with steps of `dt` tau. O(P log P). */
export function evidenceOf(report: MechanismReport, dt: number): VerdictEvidence {
  const { memories, attractors, separability, speeds, reasons } = report;
  const kinds: readonly LimitKind[] = ["fixed-point", "limit-cycle", "chaotic", "unbounded", "not-settled"];
  const slow = attractors.flatMap(({ slow }) => (slow ? [slow] : []));
  const timeOf = (one: (typeof slow)[number]) => one.timeConstants[0] ?? Number.POSITIVE_INFINITY;
  const slowest = slow.length > 0 ? slow.reduce((a, b) => (timeOf(b) > timeOf(a) ? b : a)) : null;
  const inTau = (steps: number | null | undefined) =>
    steps === null || steps === undefined ? null : steps * dt;
  const lifetimes = memories.map(({ lifetime }) => lifetime ?? Number.POSITIVE_INFINITY);
  const decay = memories.map(({ decayTime }) => decayTime ?? Number.POSITIVE_INFINITY);
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const { smallest } = separability;
  const [first, last] = [smallest[0], smallest[smallest.length - 1]];
  const shares = memories.flatMap(({ slowShare }) => (slowShare ? [slowShare] : []));
  return {
    limits: Object.fromEntries(
      kinds.map((kind) => [kind, memories.filter(({ limit }) => limit === kind).length]),
    ) as Record<LimitKind, number>,
    shared: memories.filter((m) => m.shared).length / memories.length,
    attractors: attractors.length,
    timeConstant: slowest && inTau(slowest.timeConstants[0]),
    slowModes: slowest?.dimension ?? null,
    gap: slowest?.gap ?? null,
    shortestLifetime: inTau(finite(Math.min(...lifetimes))),
    medianLifetime: inTau(finite(median(lifetimes))),
    lasting:
      memories.filter((m) => m.lifetimeKind === "for-ever" || m.lifetimeKind === "beyond-horizon").length /
      memories.length,
    separationTime: inTau(finite(Math.min(...decay))),
    separation: last,
    separationKept: first !== null && last !== null && first > 0 ? last / first : null,
    slowShareOfDisplacement: finite(median(shares.flatMap((s) => s.ofDisplacement ?? []))),
    slowShareOfDeviation: finite(median(shares.flatMap((s) => s.ofDeviation ?? []))),
    endToStartSpeed: speeds.endToStart,
    reasons,
  };
}

/** Of an even number, the lower of the two in the middle; NaN of none. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.ceil(sorted.length / 2) - 1];
}

import type { Analysis, AnalysisCycle, AnalysisPoint } from "../analysis/analyze.js";
import type { DynamicalSystem } from "../core/system.js";
import { type Certificate, certify } from "./certify.js";
import { certifyAll, compare } from "./certifyAll.js";
import type { FixedPointList } from "./findAllFixedPoints.js";

/** A certificate beside the point it is about: all but the state, as JSON has it. */
export type CertificateSummary = Omit<Certificate, "state">;

/** Adds a certificate. */
export type Certified<T> = T & { readonly certificate: CertificateSummary };

/** An analysis with a certificate at every point, slow point and cycle of steps. */
export interface CertifiedAnalysis extends Analysis {
  readonly points: readonly Certified<AnalysisPoint>[];
  readonly slowPoints: readonly Certified<AnalysisPoint>[];
  readonly cycles: readonly Certified<AnalysisCycle>[];
  readonly completeness: Analysis["completeness"] & {
    /** At least so many different fixed points exist: a theorem. */
    readonly distinct: number;
    /** Whether that is all of them, where it was asked for (`findAllFixedPoints`); else null. */
    readonly proof: CompletenessSummary | null;
  };
}

/** What is proved of the list as a whole, as JSON: see `FixedPointList`. */
export interface CompletenessSummary {
  /** The fixed points of the list are all there are. */
  readonly proved: boolean;
  readonly argument: FixedPointList["argument"];
  readonly reason: string;
  /** Boxes or linear regions looked at, and those not decided. */
  readonly boxes: number;
  readonly left: number;
  /** Fixed points that the proof certified. */
  readonly points: number;
  /** Certified fixed points that are in no list above: to be searched for, should there be any. */
  readonly unlisted: readonly (readonly number[])[];
}

/** {@link certifyAnalysis}: the analysis, and the certificates with their states, for a proof file. */
export interface CertifiedReport {
  readonly analysis: CertifiedAnalysis;
  readonly certificates: readonly Certificate[];
}

/**
 * Certifies everything an analysis lists: that its fixed points exist and are different ones, that its cycles have
 * the periods they are listed with, and that no fixed point hides where a slow point is.
 *
 * Slow points are "refuted" when all is well: no fixed point lies near. See `certify` for the meaning, the cost and what
 * throws.
 *
 * @param analysis - of this very system, see `analyze`
 * @param all - of this system under the same input: adds what it proves of the list (`completeness.proof`)
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
 * const { analysis } = certifyAnalysis(cell, analyze(cell, [[-1], [0.1], [1]]));
 * analysis.completeness.distinct; // => 3
 */
export function certifyAnalysis(
  cell: DynamicalSystem,
  analysis: Analysis,
  all?: FixedPointList,
): CertifiedReport {
  const { input } = analysis;
  const fixed = certifyAll(
    cell,
    analysis.points.map((p) => p.state),
    { input },
  );
  // Wide enough that "no fixed point near" says something, and narrow enough to be proved.
  const near = (state: readonly number[]) => 0.01 * (1 + Math.max(...state.map(Math.abs)));
  const slow = analysis.slowPoints.map((p) => certify(cell, p.state, { input, within: near(p.state) }));
  const unlisted = (all?.points ?? []).filter(
    (point) => !fixed.certificates.some((c) => c.status === "certified" && compare(c, point) === "same"),
  );
  const cycles = analysis.cycles.map((c) => certify(cell, c.states[0], { input, period: c.period }));
  return {
    analysis: {
      ...analysis,
      points: withCertificates(analysis.points, fixed.certificates),
      slowPoints: withCertificates(analysis.slowPoints, slow),
      cycles: withCertificates(analysis.cycles, cycles),
      completeness: {
        ...analysis.completeness,
        distinct: fixed.distinct,
        proof: all
          ? {
              proved: all.proved,
              argument: all.argument,
              reason: all.reason,
              boxes: all.boxes,
              left: all.left.count,
              points: all.points.length,
              unlisted: unlisted.map(({ state }) => Array.from(state)),
            }
          : null,
      },
    },
    certificates: [...fixed.certificates, ...slow, ...cycles, ...unlisted],
  };
}

function withCertificates<T>(items: readonly T[], certificates: readonly Certificate[]): Certified<T>[] {
  return items.map((item, i) => {
    const { state: _, ...certificate } = certificates[i];
    return { ...item, certificate };
  });
}

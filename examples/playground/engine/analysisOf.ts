import { type Analysis, exponent, type FixedPointReport } from "rnn-dynamics";

/** A search for fixed points alone as the analysis that pages are made of. */
export function analysisOf(report: FixedPointReport, input: readonly number[]): Analysis {
  const { time } = report.system;
  const { counts, total, outcome, q, point } = report.starts;
  const { condition: _, ...completeness } = report.completeness[0];
  return {
    schema: "rnn-dynamics/analysis@1",
    system: report.system,
    input,
    points: report.points.map(({ id, state, q, gradientNorm, errorEstimate, eigenvalues, ...p }) => ({
      id,
      state: Array.from(state),
      q,
      gradientNorm,
      errorEstimate: Number.isFinite(errorEstimate) ? errorEstimate : null,
      stability: p.stability,
      unstableDimension: p.unstableDimension,
      eigenvalues: Array.from(eigenvalues.real, (re, k) => [re, eigenvalues.imaginary[k]] as const),
      timeConstants: Array.from(eigenvalues.real, (re, k) => {
        const [rate] = exponent(time, re, eigenvalues.imaginary[k]);
        return rate === 0 || !Number.isFinite(rate) ? (rate === 0 ? null : 0) : -1 / rate;
      }),
      fromStarts: p.fromStarts,
      index: p.index,
    })),
    slowPoints: [],
    cycles: [],
    starts: {
      total,
      fixed: counts.fixed,
      slow: counts.slow,
      stalled: counts.stalled,
      leftDomain: counts["left-domain"],
      outOfSteps: counts["out-of-steps"],
      notFinite: counts["not-finite"],
    },
    ends: {
      outcome,
      q: Array.from(q, (v) => (Number.isFinite(v) ? v : null)),
      point: Array.from(point),
    },
    attractors: { followed: 0, reached: [], unexplained: [] },
    completeness,
    kernel: report.kernel,
    options: {
      maxPeriod: 1,
      slow: false,
      seed: 0,
      fixedPoints: report.options,
      attractors: { trajectories: 0, maxSteps: 0, maxPeriod: 1, dt: null },
      cycles: [],
      slowPoints: null,
    },
  };
}

import { readFileSync } from "node:fs";
import type { MechanismProvenance } from "../../../src/study/mechanisms/mechanismRow.js";
import type { MechanismSubject } from "../../../src/study/mechanisms/mechanismSubject.js";
import type { TrialEnds } from "../../../src/study/mechanisms/trialEnds.js";
import { spmSequence } from "../../../src/tasks/spmSequence.js";
import { trainForce } from "../../../src/train/force.js";
import { createForceNetwork, type ForceNetwork } from "../../../src/train/forceNetwork.js";
import { toSparse } from "../../../src/train/sparse.js";

interface Judged {
  readonly failed: number;
  readonly asymptotic: number;
  readonly decided: number;
}

interface Oracle {
  readonly units: number;
  readonly gain: number;
  readonly points: [number, number][];
  readonly coupling: number[];
  readonly feedback: number[][];
  readonly input: number[];
  readonly initialState: number[];
  readonly weights: number[];
  readonly ends: number[];
  readonly extensions: number[];
  readonly fractions: number[];
  readonly looks: number[];
  readonly expected: {
    readonly success: {
      readonly meanRmse: number;
      readonly medianRmse: number;
      readonly worstRmse: number;
      readonly below: number[];
      readonly original: number[];
      readonly decided: number;
    };
    readonly forgetting: (Judged & {
      change: number;
      kept: number;
      memoryError: number;
      neighbours: number;
    })[];
    readonly biased: Judged;
    readonly interruption: Judged[];
    readonly spectra: {
      readonly before: [number, number][];
      readonly after: [number, number][];
      readonly answerNorm: number;
      readonly memoryNorm: number;
    };
    readonly depth: number[][];
    readonly attractors: { readonly answer: number; readonly size: number; readonly rate: number }[];
    readonly activity: Record<
      "saturationDelay" | "saturationResponse" | "phasicIndex" | "phasicIndexDelay2",
      number
    >;
  };
}

/** A network trained by plain numpy, and what plain numpy measured on it; see mechanismMeasures.py. */
export function numpySubject(): { subject: MechanismSubject; ends: TrialEnds; oracle: Oracle } {
  const oracle: Oracle = JSON.parse(
    readFileSync(new URL("../../oracles/mechanismMeasures.json", import.meta.url), "utf8"),
  );
  const { points } = oracle;
  const network: ForceNetwork = {
    units: oracle.units,
    inputs: 2,
    outputs: [1, 2],
    tau: 1,
    dt: 0.1,
    gain: oracle.gain,
    coupling: toSparse(oracle.coupling),
    feedback: oracle.feedback.map((matrix) => Float64Array.from(matrix)),
    input: Float64Array.from(oracle.input),
    initialState: Float64Array.from(oracle.initialState),
  };
  return {
    oracle,
    subject: {
      network,
      trained: { weights: Float64Array.from(oracle.weights) },
      task: { source: [[points[0]], [points[1]]] },
    },
    ends: { states: Float64Array.from(oracle.ends), trials: [0, 1, 2, 3] },
  };
}

/** A network of 80 units after 300 trials: every answer is nearest the right one, nine in ten are within 0.1. */
export function trainedSubject(trials = 300): MechanismSubject {
  const network = createForceNetwork({ units: 80, gain: 1.1, density: 0.6, feedbackDivisor: 10 }, 1);
  const sequence = spmSequence({ trainTrials: trials }, 1);
  const { networks } = trainForce(network, (index) => sequence.trial(index), { trials });
  const { weights, state } = networks[0];
  return { network, trained: { weights, state }, task: { trainTrials: trials }, taskSeed: 1 };
}

/**
 * A network without J that remembers along one direction m: `tau dx/dt = -x + m (a q + b u_1)`, `q = m' tanh(x) / N`.
 * For a > 1 both signs of q are stable, for a < 1 zero is; z_d is (1.8, 0.7) q, z is 0.
 */
export function lineSubject(a: number, units = 20): MechanismSubject {
  const m = Float64Array.from({ length: units }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const n = m.length;
  const weights = new Float64Array(3 * n);
  const memoryFeedback = new Float64Array(2 * n);
  const input = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    weights[n + i] = (1.8 * m[i]) / n;
    weights[2 * n + i] = (0.7 * m[i]) / n;
    memoryFeedback[2 * i] = (a * m[i]) / 1.8;
    input[2 * i] = 0.5 * m[i];
  }
  return {
    network: {
      units: n,
      inputs: 2,
      outputs: [1, 2],
      tau: 1,
      dt: 0.1,
      gain: 0,
      coupling: {
        size: n,
        starts: new Int32Array(n + 1),
        columns: new Int32Array(0),
        values: new Float64Array(0),
      },
      feedback: [new Float64Array(n), memoryFeedback],
      input,
      initialState: m.map((v) => 0.1 * v),
    },
    trained: { weights },
  };
}

/**
 * A network without J that turns: z_d are its amplitudes along two orthogonal directions, fed back as `a z_d` plus `b z_d` turned
 * by a right angle. At the origin `-(1 - a) +- i b`: for a > 1 a limit cycle, for a < 1 a focus. z is 0.
 */
export function turningSubject(a: number, b: number, units = 20): MechanismSubject {
  const line = lineSubject(a, units);
  const directions = [(i: number) => (i % 2 === 0 ? 1 : -1), (i: number) => (i % 4 < 2 ? 1 : -1)];
  const weights = new Float64Array(3 * units);
  const feedback = new Float64Array(2 * units);
  for (let i = 0; i < units; i++) {
    const [p, q] = directions.map((direction) => direction(i));
    weights[units + i] = p / units;
    weights[2 * units + i] = q / units;
    feedback[2 * i] = a * p + b * q;
    feedback[2 * i + 1] = a * q - b * p;
  }
  return {
    network: { ...line.network, feedback: [line.network.feedback[0], feedback] },
    trained: { weights },
  };
}

/** Where a row says its network comes from. */
export function provenance(id: string, outcome: "ok" | "not-finite" = "ok"): MechanismProvenance {
  return {
    parameters: {
      id,
      units: 80,
      trials: 300,
      distribution: "gauss",
      seed: 1,
      density: 0.6,
      gain: 1.1,
      feedbackDivisor: 10,
      inputDivisor: 50,
    },
    trained: { outcome, failedAt: outcome === "ok" ? -1 : 7, lastErrors: [0.1, Number.NaN] },
    kernel: "typescript",
  };
}

import type { Matrix } from "../../core/system.js";
import { eigen } from "../../numeric/eigen.js";
import { toDense } from "../../train/sparse.js";
import { trainedSpec } from "../../train/trainedSpec.js";
import { checkSubject, type MechanismSubject } from "./mechanismSubject.js";
import { finite } from "./response.js";

/** A complex number as JSON has it. */
export type Pair = readonly [real: number, imaginary: number];

/** The slow end of the eigenvalues of a flow, in units of 1 / tau. */
export interface LeadingModes {
  /** The eigenvalues with the largest real parts, these falling; of a pair the positive imaginary part first. */
  readonly eigenvalues: readonly Pair[];
  /** Largest real part. */
  readonly rate: number | null;
  /** Real part of the next mode (a pair counts as one). */
  readonly nextRate: number | null;
  /** `nextRate / rate`: how many times as fast the next mode decays; null unless the leading one decays. */
  readonly gap: number | null;
  /** Number of eigenvalues with positive real part. */
  readonly growing: number;
}

/** What {@link spectra} returns: plain data. */
export interface SpectraReport {
  /** Of `g J - I`: at the origin, without readouts. */
  readonly before: LeadingModes;
  /** Of `J_T - I`: at the origin, feedback closed. */
  readonly after: LeadingModes;
  /** Euclidean norm of the readout of z. */
  readonly answerNorm: number;
  /** Frobenius norm of the readouts of z_d. */
  readonly memoryNorm: number;
}

/** Eigenvalues kept. */
const kept = 8;

/**
 * Spectra: the leading eigenvalues of the flow at the origin, before and after training, and the sizes of the
 * readouts that made the difference. x = 0 is always at rest: the flow is odd.
 *
 * Throws for wrong arguments only; eigenvalues that do not converge are null. Cost: two eigenvalue problems, about
 * 20 N^3 operations. Source: Sompolinsky, Crisanti & Sommers (1988) for `g J`; a rank-three update moves a few
 * eigenvalues out of the disc of radius g (Tao 2013).
 *
 * @example
 * ```ts
 * const network = createForceNetwork({ units: 20, gain: 0 }, 1);
 * const { after } = spectra({ network, trained: { weights: new Float64Array(60) } });
 * after.rate; // => -1
 * ```
 */
export function spectra(subject: MechanismSubject): SpectraReport {
  checkSubject("spectra", subject);
  const { network, trained } = subject;
  const n = network.units;
  const weights = Float64Array.from(trained.weights);
  const recurrent = trainedSpec(network, trained).recurrent as Matrix;
  return {
    before: ofRecurrent(n, toDense(network.coupling, network.gain)),
    after: ofRecurrent(n, recurrent),
    answerNorm: norm(weights.subarray(0, n)),
    memoryNorm: norm(weights.subarray(n)),
  };
}

function ofRecurrent(n: number, recurrent: Matrix): LeadingModes {
  const { real, imaginary } = eigen(n, recurrent, "none");
  return leadingModes(
    real.map((re) => re - 1),
    imaginary,
  );
}

/** The slow end of a list of eigenvalues of a flow. NaN, for those not found, come last. O(N log N). */
export function leadingModes(real: Float64Array, imaginary: Float64Array): LeadingModes {
  const order = Array.from(real, (_, j) => j)
    .filter((j) => Number.isFinite(real[j]) && Number.isFinite(imaginary[j]))
    .sort(
      (i, j) =>
        real[j] - real[i] || Math.abs(imaginary[i]) - Math.abs(imaginary[j]) || imaginary[j] - imaginary[i],
    );
  const rate = order.length > 0 ? real[order[0]] : null;
  const next = order.slice(1).find((j, k) => k > 0 || imaginary[order[0]] === 0 || imaginary[j] === 0);
  const nextRate = next === undefined ? null : real[next];
  return {
    eigenvalues: order.slice(0, kept).map((j): Pair => [real[j], imaginary[j]]),
    rate,
    nextRate,
    gap: rate !== null && nextRate !== null && rate < 0 ? finite(nextRate / rate) : null,
    growing: order.filter((j) => real[j] > 0).length,
  };
}

function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
}

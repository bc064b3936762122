import type { Interval } from "../cells/interval.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { boxAround, type Certificate, certify } from "./certify.js";
import type { BallClaim } from "./proofFormat.js";
import { up } from "./rounding.js";

/** Certified points, no two of them the same, with the balls in which each is alone. */
export interface FoundPoints {
  readonly certificates: readonly Certificate[];
  /** Certifies a state near a zero; false where that fails or could not be told from a point known before. */
  add(state: Vector): boolean;
  /** The number of a ball that holds the box; -1 for none. */
  holding(box: Interval): number;
  claims(): BallClaim[];
}

/** The share of the radius of uniqueness that a ball uses: the rest is for the rounding of those who check. */
const used = 1 - 1e-9;

/** Collects the certified points of F^k, the input held. */
export function foundPoints(cell: DynamicalSystem, input: Vector, period: number): FoundPoints {
  const certificates: Certificate[] = [];
  const balls: Interval[] = [];

  const holding = (box: Interval) =>
    balls.findIndex(({ lower, upper }) => {
      for (let i = 0; i < lower.length; i++)
        if (!(box.lower[i] >= lower[i] && box.upper[i] <= upper[i])) return false;
      return true;
    });

  return {
    certificates,
    holding,
    add(state) {
      if (holding({ lower: state, upper: state }) >= 0) return false;
      const certificate = certify(cell, state, { input, period });
      if (certificate.status !== "certified") return false;
      // The same zero as one known before, or one that cannot be told from it.
      if (holding(boxAround(certificate.state, certificate.radius)) >= 0) return false;
      for (const other of certificates) {
        const apart = distance(certificate.state, other.state);
        if (up(apart * (1 - 2 ** -50)) <= up(certificate.radius + other.radius)) return false;
        if (apart + other.radius <= certificate.uniqueWithin) return false;
      }
      certificates.push(certificate);
      balls.push(boxAround(certificate.state, certificate.uniqueWithin * used));
      return true;
    },
    claims: () =>
      certificates.map(({ state, radius, uniqueWithin }) => ({
        state: Array.from(state),
        radius,
        uniqueWithin,
      })),
  };
}

/** Max-norm distance. */
function distance(a: Vector, b: Vector): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

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
      const certificate = withLeastPeriod(cell, input, certify(cell, state, { input, period }));
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

/**
 * A point of F^k is one of F^p, p a divisor of k, if one of F^p lies where it is alone. Its ball of existence is made as
 * large as that of F^p, so that both can be seen in the same ball.
 */
function withLeastPeriod(cell: DynamicalSystem, input: Vector, point: Certificate): Certificate {
  if (point.status !== "certified" || point.leastPeriod !== null) return point;
  for (let p = 1; p < point.period; p++) {
    if (point.period % p !== 0) continue;
    const shorter = certify(cell, point.state, { input, period: p });
    if (shorter.status === "refuted" && shorter.radius >= point.radius) continue;
    const radius = up(4 * up(distance(shorter.state, point.state) + shorter.radius));
    if (shorter.status !== "certified" || shorter.leastPeriod !== p || !(radius <= point.uniqueWithin / 2))
      return point;
    return { ...point, radius: Math.max(radius, point.radius), leastPeriod: p };
  }
  return point;
}

/** Max-norm distance. */
function distance(a: Vector, b: Vector): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

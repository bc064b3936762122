import type { Domain } from "../core/system.js";

/**
 * What can be said about whether a list of fixed points is complete.
 *
 * Index check: where the dynamics maps a box into itself (or flows inward on its surface), the signs of
 * det(I - dF/dx) (flows: det(-dF/dx)) over all fixed points sum to +1 if none is degenerate. A sum other
 * than +1 proves that points are missing; +1 proves nothing, but an odd number of omissions is excluded.
 * Source: Brouwer degree; Poincare-Hopf.
 *
 * Unseen estimate: from how many points were hit once (f1) and twice (f2) by all searches,
 * f1 (f1 - 1) / (2 (f2 + 1)). A lower bound in expectation, for points that such searches can hit.
 * Source: Chao (1984), bias-corrected form.
 */
export interface Completeness {
  /** Number of the condition (held input) this is about. */
  readonly condition: number;
  /** Sum of the indices of the points found. */
  readonly indexSum: number;
  /** What the sum must be for a complete list; null where the check does not apply. */
  readonly expected: 1 | null;
  readonly verdict: Verdict;
  /** Estimated number of points that such searches could hit but none has. */
  readonly unseenEstimate: number;
  /** Searches made beyond the given starts. */
  readonly extraSearches: number;
  /** True when those ended because `searchBudget` was spent, not because the list looked complete. */
  readonly budgetSpent: boolean;
  /** Points that only those found. */
  readonly foundByExtraSearches: number;
}

/**
 * What the index check says: nothing against the list; points are missing for certain; a degenerate point
 * leaves it open; or the box is not known to be mapped into itself, so that the sum need not be 1.
 */
export type Verdict =
  | "consistent"
  | "at least one point is missing"
  | "undecided: a point is degenerate"
  | "not applicable: the dynamics is not known to be bounded";

/** Whether the box proves what the index check needs: invariant, and bounded on every side. O(D). */
export function isCompact(box: Domain | undefined): boolean {
  return box?.invariant === true && box.lower.every(Number.isFinite) && box.upper.every(Number.isFinite);
}

/** The verdict of the index check over a list of indices. O(points). */
export function indexVerdict(
  indices: readonly number[],
  bounded: boolean,
): Pick<Completeness, "indexSum" | "expected" | "verdict"> {
  const indexSum = indices.reduce((sum, index) => sum + index, 0);
  if (!bounded)
    return { indexSum, expected: null, verdict: "not applicable: the dynamics is not known to be bounded" };
  if (indices.includes(0)) return { indexSum, expected: 1, verdict: "undecided: a point is degenerate" };
  return {
    indexSum,
    expected: 1,
    verdict: indexSum === 1 ? "consistent" : "at least one point is missing",
  };
}

/** Chao's estimate of the points that exist but were not hit, from the hits of those that were. O(points). */
export function unseenEstimate(hits: readonly number[]): number {
  const once = hits.filter((h) => h === 1).length;
  const twice = hits.filter((h) => h === 2).length;
  return (once * Math.max(0, once - 1)) / (2 * (twice + 1));
}

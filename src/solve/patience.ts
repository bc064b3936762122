/** Steps over which q must fall by at least the given share for the search to go on. */
const window = 10;
const share = 0.2;

/**
 * Notices a search that crawls: a second-order method that takes a window of steps to lower q by a
 * fifth sits in a valley whose floor is not zero, and thousands more steps would end at the same slow point.
 */
export function createPatience(): { start(q: number): void; isSpent(q: number): boolean } {
  let mark = Number.POSITIVE_INFINITY;
  let steps = 0;
  return {
    start(q) {
      mark = q;
      steps = 0;
    },
    isSpent(q) {
      if (++steps < window) return false;
      const crawls = q > mark * (1 - share);
      mark = q;
      steps = 0;
      return crawls;
    },
  };
}

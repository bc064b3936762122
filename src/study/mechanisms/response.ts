import type { SpmCases } from "./spmCases.js";

/** How one run answers: z over the response window against the answer asked for. */
export interface Response {
  /** Sum of squared errors of z over the window. */
  readonly squares: number;
  /** Root mean square of these errors. */
  readonly rmse: number;
  /** Whether the mean of z lies nearer the right answer than any other of the three. */
  readonly decided: boolean;
  /** z at the last step. */
  readonly end: number;
}

/**
 * The responses of runs that end with a response window: `outputs` is B x T x 3, run b of case `b % 16`. NaN counts as
 * not decided. O(B window).
 */
export function responsesOf(
  { cases, at, options }: Pick<SpmCases, "cases" | "at" | "options">,
  outputs: Float64Array,
  steps: number,
): Response[] {
  const window = at.response.end - at.response.start;
  return Array.from({ length: outputs.length / (3 * steps) }, (_, b) => {
    const { answer } = cases[b % 16];
    let squares = 0;
    let mean = 0;
    for (let s = steps - window; s < steps; s++) {
      const z = outputs[3 * (b * steps + s)];
      squares += (z - answer) ** 2;
      mean += z / window;
    }
    const miss = Math.abs(mean - answer);
    return {
      squares,
      rmse: Math.sqrt(squares / window),
      decided: options.encoding.every((other) => other === answer || miss < Math.abs(mean - other)),
      end: outputs[3 * ((b + 1) * steps - 1)],
    };
  });
}

/** Share of entries, from `from` to `to` (exclusive), for which something holds. */
export function shareOf<T>(
  entries: ArrayLike<T>,
  holds: (entry: T) => boolean,
  from = 0,
  to = entries.length,
): number {
  let count = 0;
  for (let i = from; i < to; i++) if (holds(entries[i])) count++;
  return count / (to - from);
}

/** The number, or null where JSON has none for it. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

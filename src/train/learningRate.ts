/** How the learning rate changes over a training run. */
export type LearningRateSchedule = "constant" | "cosine" | "exponential";

/**
 * The learning rate of one update: `constant` stays at `first`; `cosine` falls along half a cosine, `exponential`
 * by a constant factor per update, both to `last` at the last of `total` updates. O(1).
 *
 * @example
 * ```ts
 * learningRateAt("exponential", 0.01, 0.0001, 5, 11); // => 0.001
 * ```
 */
export function learningRateAt(
  schedule: LearningRateSchedule,
  first: number,
  last: number,
  update: number,
  total: number,
): number {
  if (schedule === "constant" || total < 2) return first;
  const done = Math.min(update / (total - 1), 1);
  if (schedule === "cosine") return last + ((first - last) * (1 + Math.cos(Math.PI * done))) / 2;
  return first * (last / first) ** done;
}

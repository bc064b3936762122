import type { Vector } from "../../core/system.js";
import type { BallClaim } from "../proofFormat.js";
import { above } from "./plainInterval.js";

/** Whether a box lies in the ball within which a point is alone. */
export function liesIn(box: { readonly lower: Vector; readonly upper: Vector }, ball: BallClaim): boolean {
  return box.lower.every(
    (l, i) =>
      above(ball.state[i] - l) <= ball.uniqueWithin &&
      above(box.upper[i] - ball.state[i]) <= ball.uniqueWithin,
  );
}

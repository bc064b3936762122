import type { Matrix, Vector } from "../core/system.js";

/** A recurrent matrix and bias into which output feedback has been folded. */
export interface FoldedFeedback {
  /** `W + W_fb W_out`, N x N. */
  readonly recurrent: Matrix;
  /** `b + W_fb b_out`, N. */
  readonly bias: Vector;
}

/**
 * Folds the feedback of a linear readout into the recurrent weights, exactly:
 * `W h + b + W_fb (W_out h + b_out) = (W + W_fb W_out) h + (b + W_fb b_out)`.
 *
 * A network with feedback is a network without: its fixed points, Jacobian and spectrum include the loop
 * through the output (Sussillo & Abbott 2009; Rivkind & Barak 2017). New arrays; O(K N^2).
 *
 * @example
 * const one = (value) => Float64Array.of(value);
 * const folded = foldFeedback(1, 1, one(0.5), one(0), one(2), one(3), one(1));
 * folded.recurrent; // => [6.5]
 * folded.bias; // => [2]
 */
export function foldFeedback(
  units: number,
  outputs: number,
  recurrent: Matrix,
  bias: Vector,
  feedback: Matrix,
  readoutWeight: Matrix,
  readoutBias: Vector,
): FoldedFeedback {
  const foldedRecurrent = recurrent.slice();
  const foldedBias = bias.slice();
  for (let i = 0; i < units; i++) {
    for (let k = 0; k < outputs; k++) {
      const f = feedback[i * outputs + k];
      foldedBias[i] += f * readoutBias[k];
      for (let j = 0; j < units; j++) foldedRecurrent[i * units + j] += f * readoutWeight[k * units + j];
    }
  }
  return { recurrent: foldedRecurrent, bias: foldedBias };
}

import type { LayerPlan } from "./layer.js";
import { addRowSum } from "./rows.js";

/**
 * The weights of a vanilla, rate or piecewise-linear layer as its rule uses them, scale and output feedback folded
 * in: `W_eff = s W + W_fb W_out`, `b_eff = b + W_fb b_out` (or the product apart, as L on the current).
 */
export interface LeakyWeights {
  /** N x N. */
  readonly recurrent: Float64Array;
  /** L, N x N. */
  readonly direct: Float64Array | undefined;
  /** N; zero when absent. */
  readonly bias: Float64Array | undefined;
  /** Folds the tensors as they are now. */
  refresh(): void;
  /** Where the gradients of the three are added; `undefined` where nobody needs one. */
  readonly recurrentGradient: Float64Array | undefined;
  readonly directGradient: Float64Array | undefined;
  readonly biasGradient: Float64Array | undefined;
  /** Hands the gradients of the folded weights down to the tensors. */
  unfold(): void;
}

/** Weights of a leaky layer; `direct` says whether the feedback goes into L. Folding costs O(K N^2). */
export function leakyWeights(plan: LayerPlan, scale: number, direct: boolean): LeakyWeights {
  const feedback = plan.tensor("feedback");
  return feedback || scale !== 1 ? folded(plan, scale, feedback, direct) : plain(plan);
}

function plain(plan: LayerPlan): LeakyWeights {
  return {
    recurrent: plan.tensor("recurrent")!,
    direct: undefined,
    bias: plan.tensor("bias"),
    refresh() {},
    recurrentGradient: plan.gradient("recurrent"),
    directGradient: undefined,
    biasGradient: plan.gradient("bias"),
    unfold() {},
  };
}

function folded(
  plan: LayerPlan,
  scale: number,
  feedback: Float64Array | undefined,
  apart: boolean,
): LeakyWeights {
  const { kernel } = plan;
  const n = plan.cell.units;
  const k = feedback ? plan.cell.outputDimension : 0;
  const given = plan.tensor("recurrent")!;
  const givenBias = plan.tensor("bias");
  const readout = plan.tensor("readout.weight");
  const readoutBias = plan.tensor("readout.bias");
  const names = ["recurrent", "bias", ...(feedback ? ["feedback", "readout.weight", "readout.bias"] : [])];
  const wanted = names.some((name) => plan.gradient(name));

  const recurrent = new Float64Array(n * n);
  const direct = feedback && apart ? new Float64Array(n * n) : undefined;
  const bias = new Float64Array(n);
  const recurrentGradient = wanted ? new Float64Array(n * n) : undefined;
  const directGradient = wanted && direct ? new Float64Array(n * n) : undefined;
  const biasGradient = wanted ? new Float64Array(n) : undefined;

  function refresh() {
    for (let p = 0; p < n * n; p++) recurrent[p] = scale * given[p];
    if (givenBias) bias.set(givenBias);
    else bias.fill(0);
    recurrentGradient?.fill(0);
    directGradient?.fill(0);
    biasGradient?.fill(0);
    if (!feedback) return;
    kernel.gemm(false, false, n, n, k, 1, feedback, readout!, direct ? 0 : 1, direct ?? recurrent);
    if (readoutBias) kernel.gemm(false, false, n, 1, k, 1, feedback, readoutBias, 1, bias);
  }

  function unfold() {
    if (!recurrentGradient || !biasGradient) return;
    const toRecurrent = plan.gradient("recurrent");
    if (toRecurrent) for (let p = 0; p < n * n; p++) toRecurrent[p] += scale * recurrentGradient[p];
    const toBias = plan.gradient("bias");
    if (toBias) addRowSum(biasGradient, toBias);
    if (!feedback) return;
    const loop = directGradient ?? recurrentGradient;
    const toFeedback = plan.gradient("feedback");
    if (toFeedback) {
      kernel.gemm(false, true, n, k, n, 1, loop, readout!, 1, toFeedback);
      if (readoutBias) kernel.gemm(false, false, n, k, 1, 1, biasGradient, readoutBias, 1, toFeedback);
    }
    const toReadout = plan.gradient("readout.weight");
    if (toReadout) kernel.gemm(true, false, k, n, n, 1, feedback, loop, 1, toReadout);
    const toReadoutBias = plan.gradient("readout.bias");
    if (toReadoutBias) kernel.gemm(true, false, k, 1, n, 1, feedback, biasGradient, 1, toReadoutBias);
  }

  return { recurrent, direct, bias, refresh, recurrentGradient, directGradient, biasGradient, unfold };
}

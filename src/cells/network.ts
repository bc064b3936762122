import { checkOneOf, fail } from "../core/check.js";
import type { Matrix, Vector } from "../core/system.js";
import { activationNames } from "./activation.js";
import { foldFeedback } from "./feedback.js";
import { type Readout, readReadout } from "./readout.js";
import type { MatrixLike, ReadoutSpec, VectorLike } from "./spec.js";
import { compact, readInput, readMatrix, readOptionalVector, readRecurrent } from "./tensors.js";

/** The tensors a one-block network (vanilla, rate, piecewise-linear) may be given. */
export interface NetworkTensors {
  readonly recurrent: MatrixLike;
  readonly input?: MatrixLike;
  readonly bias?: VectorLike;
  readonly feedback?: MatrixLike;
  readonly readout?: ReadoutSpec;
}

/** The tensors of a one-block network, checked; and as its rule uses them. */
export interface Network {
  readonly units: number;
  readonly readout: Readout | undefined;
  /** The given tensors, flat; absent ones stay absent. */
  readonly tensors: { recurrent: Matrix; input?: Matrix; bias?: Vector; feedback?: Matrix };
  /** Scale and feedback folded in, absent tensors zero. */
  readonly effective: {
    readonly units: number;
    readonly inputs: number;
    readonly recurrent: Matrix;
    readonly input: Matrix;
    readonly bias: Vector;
    readonly direct?: Matrix;
  };
}

/**
 * Reads the tensors of a one-block network and folds scale and feedback into W and b. What the readout sees is
 * what the recurrent weights see, unless `usual` is "rate" and the readout asks for the "state" (the current):
 * then its feedback is a separate matrix `direct`, on the current.
 */
export function readNetwork(
  label: string,
  given: NetworkTensors,
  usual: "state" | "rate",
  scale = 1,
): Network {
  const { rows: n, data: recurrent } = readRecurrent(`${label} recurrent`, given.recurrent, 1);
  const input = readInput(`${label} input`, given.input, n, "N x M");
  const bias = readOptionalVector(`${label} bias`, given.bias, n, "N, the units");
  const readout = readReadout(label, given.readout, n, usual);
  let feedback: Matrix | undefined;
  let effective = {
    recurrent: scale === 1 ? recurrent : recurrent.map((w) => scale * w),
    bias: bias ?? new Float64Array(n),
  };
  let direct: Matrix | undefined;
  if (given.feedback !== undefined) {
    if (!readout) fail("buildCell", `${label} has feedback but no readout, expected a readout to feed back`);
    const k = readout.outputs;
    feedback = readMatrix(`${label} feedback`, given.feedback, n, k, "N x K").data;
    const loop = (into: Matrix) =>
      foldFeedback(n, k, into, effective.bias, feedback!, readout.weight, readout.bias);
    if (readout.of === usual) {
      effective = loop(effective.recurrent);
    } else {
      const folded = loop(new Float64Array(n * n));
      direct = folded.recurrent;
      effective = { recurrent: effective.recurrent, bias: folded.bias };
    }
  }
  return {
    units: n,
    readout,
    tensors: compact({
      recurrent,
      input: given.input === undefined ? undefined : input.data,
      bias,
      feedback,
    }),
    effective: {
      units: n,
      inputs: input.columns,
      ...effective,
      input: input.data,
      ...(direct && { direct }),
    },
  };
}

/** Refuses an activation the library does not know. */
export function checkActivation(where: string, name: string, value: unknown): void {
  checkOneOf(where, name, value, activationNames);
}

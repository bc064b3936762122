import { checkOneOf, describe, fail } from "../core/check.js";
import { defaultKernel } from "../numeric/defaultKernel.js";
import type { Kernel } from "../numeric/kernel.js";
import type { Cell } from "./cell.js";
import { gruCell } from "./gru.js";
import { lowRankCell } from "./lowRank.js";
import { lstmCell } from "./lstm.js";
import { piecewiseLinearCell } from "./piecewiseLinear.js";
import { rateCell } from "./rate.js";
import type { CellSpec } from "./spec.js";
import { stackedCell } from "./stacked.js";
import { vanillaCell } from "./vanilla.js";

/** Options of {@link buildCell}. */
export interface BuildOptions {
  /**
   * The linear algebra of `ruleBatch`.
   * @defaultValue `defaultKernel`
   */
  readonly kernel?: Kernel;
}

/** The kinds of network {@link buildCell} knows. */
export const cellKinds: readonly CellSpec["kind"][] = [
  "vanilla",
  "rate",
  "low-rank",
  "gru",
  "lstm",
  "plrnn",
  "stacked",
];

/**
 * Builds a network from its plain description: a dynamical system with analytic derivatives, a readout and,
 * where its activation is bounded, the box that holds every recurrent state.
 *
 * N units, M inputs and K outputs are read off the tensors. Every shape is checked and every number must be
 * finite; a malformed description throws, naming the tensor, what it has and what was expected. The tensors
 * are copied: changing yours later changes nothing. O(number of weights).
 *
 * @example
 * const cell = buildCell({
 *   kind: "vanilla",
 *   activation: "tanh",
 *   recurrent: [[0, 2], [2, 0]],
 *   readout: { weight: [[1, 1]] },
 * });
 * const next = new Float64Array(2);
 * cell.rule(Float64Array.of(0.5, 0), new Float64Array(0), next);
 * next; // => [0, 0.7615941559557649]
 */
export function buildCell(spec: CellSpec, options: BuildOptions = {}): Cell {
  return build("", spec, options.kernel ?? defaultKernel);
}

function build(place: string, spec: CellSpec, kernel: Kernel): Cell {
  if (typeof spec !== "object" || spec === null)
    fail("buildCell", `${place || "spec"} must be a description of a network, got ${describe(spec)}`);
  checkOneOf("buildCell", `${place ? `${place} ` : ""}kind`, spec.kind, cellKinds);
  const label = place ? `${place} ${spec.kind}` : spec.kind;
  switch (spec.kind) {
    case "vanilla":
      return vanillaCell(label, spec, kernel);
    case "rate":
      return rateCell(label, spec, kernel);
    case "low-rank":
      return lowRankCell(label, spec, kernel);
    case "gru":
      return gruCell(label, spec, kernel);
    case "lstm":
      return lstmCell(label, spec, kernel);
    case "plrnn":
      return piecewiseLinearCell(label, spec, kernel);
    case "stacked":
      return stackedCell(label, spec, (inner, layer) => build(inner, layer, kernel));
  }
}

import { checkOneOf, describe, fail } from "../core/check.js";
import type { Matrix, Vector } from "../core/system.js";
import type { Activation } from "./activation.js";
import { affine } from "./affine.js";
import type { CellCore } from "./cell.js";
import type { ReadoutSpec } from "./spec.js";
import { checkFields, compact, readMatrix, readOptionalVector } from "./tensors.js";

/** A readout with its tensors checked and flat. */
export interface Readout {
  readonly spec: ReadoutSpec;
  /** K. */
  readonly outputs: number;
  /** K x N. */
  readonly weight: Matrix;
  /** K; zeros when the description has none. */
  readonly bias: Vector;
  readonly of: "state" | "rate";
}

/** Reads the readout of a network; `usual` is what it sees unless it says so itself. */
export function readReadout(
  label: string,
  spec: ReadoutSpec | undefined,
  units: number,
  usual: "state" | "rate" = "state",
): Readout | undefined {
  if (spec === undefined) return undefined;
  const name = `${label} readout`;
  if (typeof spec !== "object" || spec === null)
    fail("buildCell", `${name} must be an object with a weight, got ${describe(spec)}`);
  checkFields(name, spec, ["weight", "bias", "of"]);
  const weight = readMatrix(`${name}.weight`, spec.weight, undefined, units, "K x N");
  const bias = readOptionalVector(`${name}.bias`, spec.bias, weight.rows, "K, the outputs");
  const of = spec.of ?? usual;
  checkOneOf("buildCell", `${name}.of`, of, ["state", "rate"]);
  if (of === "rate" && usual !== "rate")
    fail("buildCell", `${name}.of is "rate", expected "state": only a current has a rate beside it`);
  return {
    spec: compact<ReadoutSpec>({ weight: weight.data, bias, of }),
    outputs: weight.rows,
    weight: weight.data,
    bias: bias ?? new Float64Array(weight.rows),
    of,
  };
}

/** `y = weight h + bias` of a state, h what the core shows of it. O(K N). */
export function readoutFunction(
  core: CellCore,
  width: number,
  readout: Readout | undefined,
  activation: Activation | undefined,
): (x: Vector, u: Vector, out: Vector) => void {
  if (!readout) return () => {};
  const { outputs, weight, bias, of } = readout;
  const seen = new Float64Array(width);
  const none = new Float64Array(0);
  return (x, u, out) => {
    if (core.observe) core.observe(x, u, seen);
    else core.lift(x, u, seen);
    if (of === "rate" && activation) for (let i = 0; i < width; i++) seen[i] = activation.value(seen[i]);
    affine(outputs, width, weight, seen, 0, none, none, bias, out);
  };
}

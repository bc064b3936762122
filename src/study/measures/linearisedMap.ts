import type { DynamicalSystem } from "../../core/system.js";
import { differenceInputJacobian } from "../../systems/differentiate.js";

/** `x <- W x + v u` near a state: its Jacobian, and the column of its input Jacobian that belongs to one channel. */
export function linearisedMap(
  system: DynamicalSystem,
  state: Float64Array,
  input: Float64Array,
  channel: number,
): { w: Float64Array; v: Float64Array } {
  const { dimension: d, inputDimension: m } = system;
  const w = new Float64Array(d * d);
  const byInput = new Float64Array(d * m);
  system.jacobian(state, input, w);
  if (system.inputJacobian) system.inputJacobian(state, input, byInput);
  else differenceInputJacobian((x, u, out) => system.rule(x, u, out), d, state, input, byInput);
  return { w, v: Float64Array.from({ length: d }, (_, i) => byInput[i * m + channel]) };
}

import { checkVector } from "../core/check.js";
import type { Kernel } from "../numeric/kernel.js";
import { activation } from "./activation.js";
import { assembleCell } from "./assemble.js";
import type { Cell } from "./cell.js";
import { leakyCore } from "./leaky.js";
import { readNetwork } from "./network.js";
import type { PiecewiseLinearSpec } from "./spec.js";
import { checkFields, compact } from "./tensors.js";

const fields = ["kind", "diagonal", "recurrent", "input", "bias", "readout", "initialState"] as const;

/**
 * Piecewise-linear RNN: `z <- A z + W relu(z) + C u + h`, A diagonal.
 *
 * `dF/dz = A + W diag(z > 0)`, constant within each orthant; `dF/du = C`. A state on the border of two
 * orthants counts as the lower one (relu' at 0 is 0). Durstewitz (2017, PLoS Comput. Biol. 13:e1005542).
 */
export function piecewiseLinearCell(label: string, spec: PiecewiseLinearSpec, kernel: Kernel): Cell {
  checkFields(label, spec, fields);
  const network = readNetwork(label, spec, "state");
  const n = network.units;
  const diagonal = checkVector("buildCell", `${label} diagonal`, spec.diagonal, n, "N, the units");
  const core = leakyCore(
    {
      ...network.effective,
      time: "discrete",
      state: "current",
      activation: activation("relu"),
      keep: diagonal,
      gain: new Float64Array(n).fill(1),
    },
    kernel,
  );
  const { recurrent, input, bias } = network.tensors;
  const normalised = compact<PiecewiseLinearSpec>({
    kind: "plrnn",
    diagonal,
    recurrent,
    input,
    bias,
    readout: network.readout?.spec,
    initialState: undefined,
  });
  return assembleCell({
    label,
    core,
    spec: normalised,
    initialState: spec.initialState,
    readout: network.readout,
  });
}

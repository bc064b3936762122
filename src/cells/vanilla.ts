import type { Kernel } from "../numeric/kernel.js";
import { activation } from "./activation.js";
import { assembleCell } from "./assemble.js";
import type { Cell } from "./cell.js";
import { leakyCore } from "./leaky.js";
import { checkActivation, readNetwork } from "./network.js";
import type { VanillaSpec } from "./spec.js";
import { checkFields, compact } from "./tensors.js";

const fields = [
  "kind",
  "activation",
  "recurrent",
  "input",
  "bias",
  "feedback",
  "readout",
  "initialState",
] as const;

/**
 * Vanilla (Elman) network: `x <- phi(W x + W_in u + b + W_fb y)`, y the readout of x.
 *
 * `dF/dx = diag(phi') (W + W_fb W_out)`, `dF/du = diag(phi') W_in`. Elman (1990, Cogn. Sci. 14:179); PyTorch's
 * `nn.RNN` with `bias = bias_ih + bias_hh`.
 */
export function vanillaCell(label: string, spec: VanillaSpec, kernel: Kernel): Cell {
  checkFields(label, spec, fields);
  checkActivation("buildCell", `${label} activation`, spec.activation);
  const network = readNetwork(label, spec, "state");
  const core = leakyCore(
    {
      ...network.effective,
      time: "discrete",
      state: "rate",
      activation: activation(spec.activation),
      keep: new Float64Array(network.units),
      gain: new Float64Array(network.units).fill(1),
    },
    kernel,
  );
  const normalised = compact<VanillaSpec>({
    kind: "vanilla",
    activation: spec.activation,
    ...network.tensors,
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

import { activation } from "../../cells/activation.js";
import type { Cell } from "../../cells/cell.js";
import { readLeak } from "../../cells/rate.js";
import type { RateSpec, VanillaSpec } from "../../cells/spec.js";
import type { LayerModule } from "./layer.js";
import { leakyCurrentLayer } from "./leakyCurrent.js";
import { leakyRateLayer } from "./leakyRate.js";

/** Vanilla: a leaky layer that keeps nothing. */
export const vanillaModule: LayerModule = {
  shapes: networkShapes,
  unroll(plan) {
    const phi = activation((plan.cell.spec as VanillaSpec).activation);
    const n = plan.cell.units;
    return leakyRateLayer(plan, phi, new Float64Array(n), new Float64Array(n).fill(1), 1);
  },
};

/** Rate network: the Euler map, given as such or made from a flow with the plan's dt. */
export const rateModule: LayerModule = {
  shapes: networkShapes,
  unroll(plan) {
    const spec = plan.cell.spec as RateSpec;
    const phi = activation(spec.activation);
    const step = { ...spec, time: "discrete" as const, ...(plan.dt !== undefined && { dt: plan.dt }) };
    const { keep, gain } = readLeak("rate", step, plan.cell.units);
    if (spec.state === "rate") return leakyRateLayer(plan, phi, keep, gain, spec.scale!);
    return leakyCurrentLayer(plan, phi, keep, gain, spec.scale!, spec.readout?.of ?? "rate");
  },
};

/** Piecewise-linear network: what it keeps, the diagonal of A, is trained too. */
export const piecewiseLinearModule: LayerModule = {
  shapes: (cell) => ({ diagonal: [cell.units], ...networkShapes(cell) }),
  unroll(plan) {
    const gain = new Float64Array(plan.cell.units).fill(1);
    return leakyCurrentLayer(plan, activation("relu"), plan.tensor("diagonal")!, gain, 1, "state");
  },
};

/** A network that feeds its readout back depends on the readout too. */
function networkShapes({ units: n, inputDimension: m, outputDimension: k, spec }: Cell) {
  return {
    recurrent: [n, n],
    input: [n, m],
    bias: [n],
    ...("feedback" in spec && { feedback: [n, k], "readout.weight": [k, n], "readout.bias": [k] }),
  };
}

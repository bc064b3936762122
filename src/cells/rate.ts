import { checkNumber, checkOneOf, checkVector, fail } from "../core/check.js";
import type { Vector } from "../core/system.js";
import type { Kernel } from "../numeric/kernel.js";
import { activation } from "./activation.js";
import { assembleCell } from "./assemble.js";
import type { Cell } from "./cell.js";
import { leakyCore } from "./leaky.js";
import { checkActivation, readNetwork } from "./network.js";
import type { RateSpec, VectorLike } from "./spec.js";
import { checkFields, compact } from "./tensors.js";

const fields = [
  "kind",
  "time",
  "state",
  "activation",
  "tau",
  "dt",
  "alpha",
  "scale",
  "recurrent",
  "input",
  "bias",
  "feedback",
  "readout",
  "initialState",
] as const;

/**
 * Rate network, as a flow or as its Euler map with step alpha = dt / tau:
 *
 *   state "current": `tau dx/dt = -x + s W phi(x) + W_in u + b + W_fb y`
 *   state "rate":    `tau dr/dt = -r + phi(s W r + W_in u + b + W_fb y)`
 *
 * Jacobian of the flow: `(-I + s W diag(phi')) / tau` and `(-I + diag(phi') s W) / tau`; of the map:
 * `(1 - alpha) I + alpha (the same without the leak)`. Sompolinsky, Crisanti & Sommers (1988, PRL 61:259);
 * feedback: Sussillo & Abbott (2009, Neuron 63:544); the two forms are equivalent: Miller & Fumarola (2012).
 */
export function rateCell(label: string, spec: RateSpec, kernel: Kernel): Cell {
  checkFields(label, spec, fields);
  checkOneOf("buildCell", `${label} time`, spec.time, ["continuous", "discrete"]);
  const state = spec.state ?? "current";
  checkOneOf("buildCell", `${label} state`, state, ["current", "rate"]);
  checkActivation("buildCell", `${label} activation`, spec.activation);
  const scale = spec.scale ?? 1;
  checkNumber("buildCell", `${label} scale`, scale);
  const readoutOf = state === "rate" ? rateIsState(spec) : spec.readout;
  const network = readNetwork(
    label,
    { ...spec, ...(readoutOf && { readout: readoutOf }) },
    state === "current" ? "rate" : "state",
    scale,
  );
  const leak = readLeak(label, spec, network.units);
  const phi = activation(spec.activation);
  const core = leakyCore(
    { ...network.effective, time: spec.time, state, activation: phi, keep: leak.keep, gain: leak.gain },
    kernel,
  );
  const normalised = compact<RateSpec>({
    kind: "rate",
    time: spec.time,
    state,
    activation: spec.activation,
    tau: leak.tau,
    dt: spec.dt,
    alpha: leak.alpha,
    scale,
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
    activation: phi,
  });
}

/** Where the state is the rate, a readout of the "rate" is a readout of the "state". */
function rateIsState({ readout }: RateSpec): RateSpec["readout"] {
  return readout?.of === "rate" ? { ...readout, of: "state" } : readout;
}

/** What a leaky unit keeps and gains: `1 - alpha, alpha` (map) or `-1/tau, 1/tau` (flow). */
export interface Leak {
  readonly keep: Vector;
  readonly gain: Vector;
  /** As given, flat; 1 when absent and not superseded by alpha. */
  readonly tau: number | Vector | undefined;
  readonly alpha: number | Vector | undefined;
}

/** Reads tau, dt and alpha, which must be positive and agree with the kind of time, or the diagonal in their stead. */
export function readLeak(
  label: string,
  spec: {
    readonly time: RateSpec["time"];
    readonly tau?: number | VectorLike;
    readonly dt?: number;
    readonly alpha?: number | VectorLike;
    readonly diagonal?: VectorLike;
  },
  units: number,
): Leak {
  if (spec.diagonal !== undefined) {
    const keep = checkVector("buildCell", `${label} diagonal`, spec.diagonal, units, "R, the rank");
    if (spec.time === "continuous" || (spec.tau ?? spec.dt ?? spec.alpha) !== undefined)
      fail("buildCell", `${label} has both diagonal and tau, dt, alpha or continuous time`);
    return { keep, gain: new Float64Array(units).fill(1), tau: undefined, alpha: undefined };
  }
  const tau = positive(`${label} tau`, spec.tau ?? (spec.alpha === undefined ? 1 : undefined), units);
  const alpha = positive(`${label} alpha`, spec.alpha, units);
  positive(`${label} dt`, spec.dt, units);
  if (spec.time === "continuous") {
    for (const name of ["dt", "alpha"] as const)
      if (spec[name] !== undefined)
        fail(
          "buildCell",
          `${label} has ${name} and continuous time, expected ${name} with discrete time only`,
        );
  } else if (spec.dt !== undefined && alpha !== undefined) {
    fail("buildCell", `${label} has both dt and alpha, expected one of them`);
  }
  const at = (value: number | Vector | undefined, i: number) =>
    typeof value === "object" ? value[i] : (value ?? 1);
  const gain = Float64Array.from({ length: units }, (_, i) => {
    if (spec.time === "continuous") return 1 / at(tau, i);
    if (alpha !== undefined) return at(alpha, i);
    return spec.dt === undefined ? 1 : spec.dt / at(tau, i);
  });
  const keep = gain.map((g) => (spec.time === "continuous" ? -g : 1 - g));
  return { keep, gain, tau, alpha };
}

function positive(name: string, value: number | VectorLike | undefined, units: number) {
  if (value === undefined) return undefined;
  if (typeof value === "number") {
    checkNumber("buildCell", name, value);
    if (value <= 0) fail("buildCell", `${name} is ${value}, expected a positive number`);
    return value;
  }
  const vector = checkVector("buildCell", name, value, units, "N, the units");
  const bad = vector.findIndex((v) => v <= 0);
  if (bad >= 0) fail("buildCell", `${name}[${bad}] is ${vector[bad]}, expected a positive number`);
  return vector;
}

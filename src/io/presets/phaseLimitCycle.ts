import { quote } from "../fileError.js";
import { unknown } from "../recognition.js";
import {
  activationNamed,
  fact,
  type Headers,
  numericFact,
  type Preset,
  prefixesOf,
  recognised,
} from "./preset.js";

const usual = ["w_inp", "w_inp_scale", "w_out", "w_out_scale"];

/**
 * Rate networks of Pals, Macke and Barak (2024, PLoS Computational Biology 20:e1011852), full or low rank:
 * `x <- (1 - a) x + a (W phi(x) + s w_inp' u)`, `a = dt / tau`; low rank: `W = m n / N`, n stored R x N.
 * phi, tau and dt are in the file of parameters saved beside the weights.
 */
export const phaseLimitCycle: Preset = (tensors, facts) => {
  const [full] = prefixesOf(tensors, ["w_rec", ...usual]);
  const [low] = prefixesOf(tensors, ["m", "n", ...usual]);
  const prefix = full ?? low;
  if (prefix === undefined) return undefined;
  const isFull = full !== undefined;
  const units = tensors.get(prefix + (isFull ? "w_rec" : "m"))!.shape[0];
  const equation = (recurrent: string) => `x <- (1 - a) x + a (${recurrent} + w_inp' u)`;
  const candidates = isFull
    ? [equation("w_rec phi(x)"), equation("w_rec' phi(x)")]
    : [
        `${equation("m n phi(x) / N")} (phase-limit-cycle networks)`,
        `${equation("m n phi(x)")}, without 1/N`,
      ];

  const stranger = ["b_rec", "taus_gaus"].find((name) => tensors.has(prefix + name));
  if (stranger !== undefined)
    return unknown(
      candidates,
      `${quote(prefix + stranger)} is not part of the phase-limit-cycle networks whose names these are.`,
    );
  // The names alone do not tell 1/N from no 1/N; this parameter is that program's own.
  if (!Object.hasOwn(facts, "1overN_out_scaling"))
    return unknown(
      candidates,
      `The names are those of the phase-limit-cycle networks, and of others: their parameters (nonlinearity, tau_lims, dt, 1overN_out_scaling) tell, in NAME_params.pkl beside NAME_state_dict.pkl, or given as params.`,
    );
  const nonlinearity = fact(facts, "nonlinearity");
  const activation = activationNamed(nonlinearity);
  const [tau, dt] = [numericFact(facts, "tau_lims"), numericFact(facts, "dt")];
  if (activation === undefined)
    return unknown(
      candidates,
      `The parameters say nonlinearity ${quote(nonlinearity ?? "nothing")}, which is not known.`,
    );
  if (tau === undefined || dt === undefined)
    return unknown(candidates, "The parameters give no single tau_lims and dt.");
  if (fact(facts, "apply_dale") === "true")
    return unknown(
      candidates,
      "The parameters say apply_dale, and the mask of Dale's law is not in the file.",
    );

  const check: string[] = [];
  const out = fact(facts, "out_nonlinearity");
  const seen: "rate" | "state" | undefined =
    out === nonlinearity ? "rate" : activationNamed(out) === "linear" ? "state" : undefined;
  const kappa = fact(facts, "readout_kappa") === "true";
  if (seen === undefined || kappa)
    check.push(
      `The readout (${kappa ? "readout_kappa" : `out_nonlinearity ${quote(out ?? "none")}`}) is not one of ours and was left out.`,
    );
  if (!isFull && tensors.has("x0"))
    check.push(
      `"x0" is a state of ${units} units; the low-rank network has one number per rank, and starts at zero.`,
    );
  if (!isFull)
    check.push(
      "Inputs act at once; in the trained network they pass the units' leak. A held input does the same.",
    );
  const model = {
    time: "discrete",
    activation,
    tau,
    dt,
    ...(seen !== undefined && !kappa && { readoutOf: seen }),
  } as const;
  const roles = {
    input: { name: `${prefix}w_inp`, transpose: true, scale: `${prefix}w_inp_scale` },
    ...(seen !== undefined &&
      !kappa && {
        readout: {
          name: `${prefix}w_out`,
          transpose: true,
          scale: isFull ? `${prefix}w_out_scale` : [`${prefix}w_out_scale`, 1 / units],
        },
      }),
  };
  const evidence = [
    `${quote(`${prefix}w_inp_scale`)} and ${quote(`${prefix}w_out_scale`)} beside ${isFull ? "w_rec" : "m and n"}, and the parameter "1overN_out_scaling": a phase-limit-cycle network.`,
    `Its parameters say ${activation}, tau ${tau}, dt ${dt}: ${candidates[0]}, a = ${dt / tau}.`,
  ];
  return recognised(
    `phase-limit-cycle network, ${isFull ? "full rank" : "low rank with 1/N"}`,
    isFull
      ? {
          kind: "rate",
          ...model,
          tensors: {
            recurrent: `${prefix}w_rec`,
            ...roles,
            ...initialState(tensors),
          },
        }
      : {
          kind: "low-rank",
          ...model,
          scale: "1/N",
          tensors: { left: `${prefix}m`, right: { name: `${prefix}n`, transpose: true }, ...roles },
        },
    evidence,
    check,
  );
};

function initialState(tensors: Headers): { initialState?: string } {
  return tensors.has("x0") ? { initialState: "x0" } : {};
}

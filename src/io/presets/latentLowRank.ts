import { quote } from "../fileError.js";
import { unknown } from "../recognition.js";
import { fact, type Preset, prefixesOf, recognised } from "./preset.js";

const rates: Readonly<Record<string, string>> = {
  relu: "relu(m z + Wu u - h)",
  clipped_relu: "relu(m z + Wu u + h) - relu(m z + Wu u)",
  tanh: "tanh(m z + Wu u - h)",
};

/**
 * Low-rank networks fitted by variational sequential Monte Carlo (Pals, Sagtekin, Pei, Gloeckler and Macke 2024,
 * NeurIPS 37): `z <- a z + n R(z, u)`, a = exp(-exp(AW)), no 1/N and no 1 - a. R is relu(x - h), tanh(x - h) or
 * relu(x + h) - relu(x) with x = m z + Wu u, as the parameters saved beside the weights say. The last is a relu
 * network of 2N units: m above m, n beside -n, biases h above 0.
 */
export const latentLowRank: Preset = (tensors, facts) => {
  const decay = ["AW", "decay_param"].find((name) => prefixesOf(tensors, [name, "m", "n", "h"]).length > 0);
  if (decay === undefined) return undefined;
  const [prefix] = prefixesOf(tensors, [decay, "m", "n", "h"]);
  const candidates = Object.values(rates).map((rate) => `z <- a z + n (${rate})`);
  const of = (key: string) => fact(facts, `rnn_params.${key}`, `prior_params.${key}`, key);
  const said = of("activation");
  if (said === undefined)
    return unknown(
      candidates,
      `${quote(prefix + decay)} beside m, n and h is a latent low-rank network; which of its equations holds is told by the parameter activation, in NAME_vae_params.pkl beside NAME_state_dict_rnn.pkl, or given as params.`,
    );
  const activation = said === "relu" && of("clipped") === "true" ? "clipped_relu" : said;
  if (!Object.hasOwn(rates, activation))
    return unknown(candidates, `The parameters say activation ${quote(activation)}, which is not known.`);
  if (decay === "AW" && of("exp_par") !== "true")
    return unknown(
      candidates,
      `The parameters do not say exp_par, so how ${quote(prefix + decay)} gives the decay is not known.`,
    );
  const hz = tensors.get(`${prefix}hz`);
  if (hz?.data?.some((v) => v !== 0))
    return unknown(
      candidates,
      `${quote(`${prefix}hz`)} is not zero: a bias of the latents is not part of these networks.`,
    );

  const name = (local: string) => prefix + local;
  const clipped = activation === "clipped_relu";
  const [m, n, h] = [name("m"), { name: name("n"), transpose: true }, name("h")];
  const wu = tensors.has(name("Wu")) ? name("Wu") : undefined;
  const initial = tensors.has("initial_state") ? "initial_state" : undefined;
  const check: string[] = [];
  if (tensors.has("observation.B"))
    check.push(
      `The observation model ("observation.B") reads latents or currents without their bias: no readout of ours, left out.`,
    );
  if (wu !== undefined)
    check.push(
      `Inputs act at once; in the trained network they pass the leak a first. A held input does the same.`,
    );
  return recognised(
    `latent low-rank network, ${activation.replace("_", " ")}`,
    {
      kind: "low-rank",
      time: "discrete",
      activation: activation === "tanh" ? "tanh" : "relu",
      tensors: {
        diagonal: { name: name(decay), apply: "exp(-exp)" },
        left: clipped ? { stack: [m, m] } : m,
        right: clipped ? { stack: [n, { ...n, negate: true }] } : n,
        bias: clipped ? { stack: [h, { name: h, scale: 0 }] } : { name: h, negate: true },
        ...(wu !== undefined && { input: clipped ? { stack: [wu, wu] } : wu }),
        ...(initial !== undefined && { initialState: initial }),
      },
    },
    [
      `${quote(prefix + decay)} beside m, n and h: a latent low-rank network.`,
      `Its parameters say activation ${said}: z <- a z + n (${rates[activation]}), a = exp(-exp(${decay})).`,
    ],
    check,
  );
};

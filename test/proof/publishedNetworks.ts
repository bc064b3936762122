import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LowRankSpec } from "../../src/cells/spec.js";
import { sharedNet } from "../io/helpers.js";
import { type TorchTensor, torchTensors } from "./torchTensors.js";

/** Published low-rank networks, by name; empty where the files are not at hand. The equations are their repositories'. */
export function publishedLowRank(): Map<string, LowRankSpec> {
  const out = new Map<string, LowRankSpec>();
  const folder = sharedNet("published");
  if (!folder) return out;
  const phase = join(folder, "pals_phase_limit_cycle");
  for (const file of readdirSync(phase).filter((f) => /^N512.*_state_dict\.pkl$/.test(f)))
    out.set(file.slice(0, -"_state_dict.pkl".length), phaseCode(torchTensors(join(phase, file))));
  const smc = join(folder, "pals_smc_rnns");
  for (const file of readdirSync(smc).filter((f) => /_state_dict_rnn\.pkl$/.test(f))) {
    const name = file.slice(0, -"_state_dict_rnn.pkl".length);
    const settings = readFileSync(join(smc, `${name}_vae_params.pkl`), "latin1");
    out.set(name, latent(torchTensors(join(smc, file)), settings.includes("clipped_relu")));
  }
  return out;
}

/** `x <- 0.9 x + 0.1 (m n' tanh(x) / N + w_inp u)`. */
function phaseCode(tensors: Record<string, TorchTensor>): LowRankSpec {
  const m = tensors["rnn.m"];
  const [units, rank] = m.shape;
  return {
    kind: "low-rank",
    time: "discrete",
    alpha: 0.1,
    activation: "tanh",
    rank,
    scale: 1 / units,
    left: m.data,
    right: transposed(tensors["rnn.n"]),
  };
}

/**
 * `z <- a z + n R`, R = relu(m z - h), or relu(m z + h) - relu(m z), which is `h clip(m z / |h| + [h > 0])`. The input is
 * left at zero.
 */
function latent(tensors: Record<string, TorchTensor>, clipped: boolean): LowRankSpec {
  const of = (name: string) => tensors[`transition.${name}`] ?? tensors[`latent_step.${name}`];
  const a = Math.exp(-Math.exp(of("AW").data[0]));
  if (of("hz").data.some((v) => v !== 0)) throw new Error("a latent bias");
  const [units, rank] = of("m").shape;
  const left = of("m").data.slice();
  const right = transposed(of("n"));
  const h = of("h").data;
  const bias = h.map((v) => (clipped ? (v > 0 ? 1 : 0) : -v));
  if (clipped)
    for (let i = 0, p = 0; i < units; i++)
      for (let r = 0; r < rank; r++, p++) {
        if (h[i] !== 0) left[p] /= Math.abs(h[i]);
        right[p] *= h[i];
      }
  return {
    kind: "low-rank",
    time: "discrete",
    alpha: 1 - a,
    scale: 1 / (1 - a),
    activation: clipped ? "clipped-relu" : "relu",
    rank,
    left,
    right,
    bias,
  };
}

function transposed({ shape: [rows, columns], data }: TorchTensor): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}

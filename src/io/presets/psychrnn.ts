import { quote } from "../fileError.js";
import { unknown } from "../recognition.js";
import { activationNamed, fact, numericFact, type Preset, recognised } from "./preset.js";

/**
 * PsychRNN (Ehrlich, Stone, Brandfonbrener, Atanasov and Murray 2021, eNeuro 8:ENEURO.0427-20.2020):
 * `x <- (1 - a) x + a (W_rec phi(x) + W_in u + b_rec)`, connectivity masks multiplied in. phi and a = dt / tau are not
 * in its files: relu, its default, and 0.1, the value of its notebooks, are taken and said to be, unless parameters
 * `transfer_function`, `alpha` (or `dt` and `tau`) tell.
 */
export const psychrnn: Preset = (tensors, facts) => {
  const own = ["W_rec", "W_in", "W_out", "b_rec", "b_out", "init_state", "Dale_rec", "rec_connectivity"];
  if (!own.every((name) => tensors.has(name))) return undefined;
  const candidates = ["x <- (1 - a) x + a (W_rec phi(x) + W_in u + b_rec)"];
  const signs = tensors.get("Dale_rec")!;
  const dale = signs.data?.some((v, i) => v !== (i % (signs.shape[0] + 1) === 0 ? 1 : 0));
  if (dale)
    return unknown(
      [...candidates, "the same with W_rec = |W_rec| Dale_rec"],
      `"Dale_rec" is not the identity: the network was trained with Dale's law, which acts on |W_rec|; multiply the matrices and save the product.`,
    );
  const check: string[] = [];
  const phi = fact(facts, "transfer_function");
  const activation = phi === undefined ? "relu" : activationNamed(phi);
  if (activation === undefined)
    return unknown(candidates, `The parameters say transfer_function ${quote(phi!)}, which is not known.`);
  if (phi === undefined) check.push("Activation relu, PsychRNN's default, assumed: the file does not say.");
  const [dt, tau] = [numericFact(facts, "dt"), numericFact(facts, "tau")];
  const told = numericFact(facts, "alpha") ?? (dt !== undefined && tau !== undefined ? dt / tau : undefined);
  if (told === undefined)
    check.push(
      "alpha = dt / tau = 0.1, as in PsychRNN's notebooks, assumed: the file does not say; fixed points do not depend on it, speed and stability do.",
    );
  if (signs.data === undefined)
    check.push(`Whether "Dale_rec" is the identity is checked when the numbers are read.`);
  return recognised(
    "PsychRNN",
    {
      kind: "rate",
      time: "discrete",
      activation,
      alpha: told ?? 0.1,
      tensors: {
        recurrent: { name: "W_rec", mask: "rec_connectivity" },
        input: masked("W_in", "input_connectivity"),
        bias: "b_rec",
        readout: masked("W_out", "output_connectivity"),
        readoutBias: "b_out",
        initialState: "init_state",
      },
    },
    [
      `"W_rec", "b_rec", "Dale_rec" and "rec_connectivity" are PsychRNN's names: ${candidates[0]}, masks multiplied in.`,
    ],
    check,
  );

  function masked(name: string, mask: string) {
    return tensors.has(mask) ? { name, mask } : name;
  }
};

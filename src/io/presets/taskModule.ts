import { quote } from "../fileError.js";
import { unknown } from "../recognition.js";
import { fact, type Preset, prefixesOf, recognised } from "./preset.js";

/**
 * Networks of van der Plas, Manohar and Vogels (2022, CoLLAs), saved as whole modules `RNN_MTL`:
 * `h <- tanh(lin_feedback(h) + lin_input(u))`, both linear layers with a bias.
 */
export const taskModule: Preset = (tensors, facts) => {
  const [prefix] = prefixesOf(tensors, ["lin_feedback.weight", "lin_input.weight", "lin_output.weight"]);
  if (prefix === undefined) return undefined;
  const type = fact(facts, `${prefix}class`);
  if (type === undefined || !/(^|\.)RNN_MTL$/.test(type))
    return unknown(
      ["h <- tanh(lin_feedback h + lin_input u)", "the same with another activation"],
      `${quote(`${prefix}lin_feedback.weight`)} beside lin_input and lin_output is a vanilla network; its activation is in the code of ${type === undefined ? "a class the file does not name" : quote(type)}.`,
    );
  const layer = (name: string) => ({
    weight: `${prefix}${name}.weight`,
    bias: tensors.has(`${prefix}${name}.bias`) ? `${prefix}${name}.bias` : undefined,
  });
  const [feedback, input, output] = [layer("lin_feedback"), layer("lin_input"), layer("lin_output")];
  const check = [`The softmax or relu behind "${prefix}lin_output" is not part of the readout.`];
  return recognised(
    "RNN_MTL module",
    {
      kind: "vanilla",
      activation: "tanh",
      tensors: {
        recurrent: feedback.weight,
        ...(feedback.bias !== undefined && { recurrentBias: feedback.bias }),
        input: input.weight,
        ...(input.bias !== undefined && { inputBias: input.bias }),
        readout: output.weight,
        ...(output.bias !== undefined && { readoutBias: output.bias }),
        ...(tensors.has(`${prefix}state`) && { initialState: `${prefix}state` }),
      },
    },
    [`The module's class is ${quote(type)}: h <- tanh(lin_feedback(h) + lin_input(u)).`],
    check,
  );
};

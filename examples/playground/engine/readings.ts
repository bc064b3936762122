import { type Inspection, type ModelSpec, recognise } from "rnn-dynamics/io";

/** One way to understand a file that does not say what it is. */
export interface Reading {
  readonly name: string;
  readonly model: ModelSpec;
}

/** Parameters that the programs behind the presets save beside their weights, as they usually are. */
const usualFacts: readonly (readonly [name: string, facts: Readonly<Record<string, string>>])[] = [
  ...["tanh", "relu"].map(
    (nonlinearity) =>
      [
        `phase-limit-cycle network, ${nonlinearity}, tau 100, dt 20`,
        { nonlinearity, tau_lims: "100", dt: "20", "1overN_out_scaling": "True" },
      ] as const,
  ),
  ...["tanh", "relu"].map(
    (activation) =>
      [`latent low-rank network, ${activation}`, { activation, clipped: "false", exp_par: "true" }] as const,
  ),
  [
    "latent low-rank network, clipped relu",
    { activation: "relu", clipped: "true", exp_par: "true" },
  ] as const,
];

/** What a file may be that was not recognised: each as a model spec to read it by. */
export function readingsOf({ tensors, metadata }: Inspection): Reading[] {
  const named = new Map(tensors.map((t) => [t.name, t]));
  const readings: Reading[] = [];
  const add = (name: string, model: ModelSpec | undefined) => {
    if (model && !readings.some((r) => JSON.stringify(r.model) === JSON.stringify(model)))
      readings.push({ name, model });
  };
  for (const { name } of tensors) {
    const prefix = /^(.*)weight_hh(_l0)?$/.exec(name)?.[1];
    if (prefix === undefined) continue;
    const own = new Map([...named].filter(([key]) => key.startsWith(prefix)));
    const found = recognise(own, metadata);
    if (found.modelSpec) add(`${found.by} under "${prefix}"`, found.modelSpec);
  }
  for (const [name, facts] of usualFacts) add(name, recognise(named, { ...metadata, ...facts }).modelSpec);
  const square = tensors.filter(({ shape: [a, b, c] }) => a === b && a > 1 && c === undefined);
  const units = Math.max(0, ...square.map(({ shape }) => shape[0]));
  for (const { name, shape } of square) {
    const n = shape[0];
    if (n < units) continue;
    const flat = tensors.filter((t) => t.name !== name && t.shape.length === 2 && !/out|read/i.test(t.name));
    const input = flat.find((t) => t.shape[0] === n && t.shape[1] < n);
    const turned = input ? undefined : flat.find((t) => t.shape[1] === n && /in/i.test(t.name));
    const bias = tensors.find((t) => t.shape.length === 1 && t.shape[0] === n && /(^|[._])b/i.test(t.name));
    const roles = {
      recurrent: name,
      ...(input && { input: input.name }),
      ...(turned && { input: { name: turned.name, transpose: true } }),
      ...(bias && { bias: bias.name }),
    };
    const with_ = [name, input?.name ?? turned?.name, bias?.name]
      .filter((part) => part !== undefined)
      .join(", ");
    const schema = "rnn-dynamics/model@1";
    for (const activation of ["tanh", "relu"] as const) {
      add(`vanilla, x <- ${activation}(W x + W_in u + b): ${with_}`, {
        schema,
        kind: "vanilla",
        activation,
        tensors: roles,
      });
      add(`rate, dx/dt = -x + W ${activation}(x) + W_in u + b: ${with_}`, {
        schema,
        kind: "rate",
        time: "continuous",
        activation,
        tensors: roles,
      });
    }
  }
  return readings.slice(0, 16);
}

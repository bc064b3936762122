import { quote } from "../fileError.js";
import { unknown } from "../recognition.js";
import { type Headers, type Preset, recognised } from "./preset.js";

/**
 * Piecewise-linear networks of Koppe, Toutounji, Kirsch, Lis and Durstewitz (2019, PLoS Computational Biology
 * 15:e1007263): `z <- A z + W relu(z) + h + C u`, A diagonal, W with a zero diagonal; B is the observation model.
 */
export const plrnn: Preset = (tensors) => {
  const [A, W, h, C] = ["A", "W", "h", "C"].map((name) => tensors.get(name));
  const [size] = A?.shape ?? [];
  const square = (tensor: typeof A) => tensor?.shape.join() === `${size},${size}`;
  if (!A || !W || !h || !square(A) || !square(W) || h.shape[0] !== size) return undefined;
  const candidates = ["z <- A z + W relu(z) + h", "another network whose matrices are called A and W"];
  const off = (tensor: typeof A, keep: (i: number) => boolean) =>
    tensor?.data?.some((v, i) => v !== 0 && keep(i)) ?? false;
  const diagonal = (i: number) => i % (size + 1) === 0;
  if (off(A, (i) => !diagonal(i)) || off(W, diagonal))
    return unknown(
      candidates,
      `"A", "W" and "h" are the names of a piecewise-linear network, but ${off(W, diagonal) ? '"W" has numbers on' : '"A" has numbers off'} its diagonal.`,
    );
  const check: string[] = [];
  if (!A.data)
    check.push(`That "A" is diagonal and "W" zero on its diagonal is checked when the numbers are read.`);
  const silent = C?.data?.every((v) => v === 0) === true;
  if (silent) check.push(`"C" is zero: the network has no input.`);
  if (tensors.has("B"))
    check.push(`The observation model ("B") is not part of the network and was left out.`);
  const starts = [...tensors.keys()].filter((name) => /^mu0\.\d+$/.test(name));
  if (starts.length > 0)
    check.push(
      `${starts.map(quote).join(", ")} are the initial states of ${starts.length} trials: none is taken.`,
    );
  return recognised(
    "piecewise-linear network (PLRNN)",
    {
      kind: "plrnn",
      tensors: {
        diagonal: "A",
        recurrent: "W",
        bias: "h",
        ...(C !== undefined && !silent && { input: "C" }),
        ...initialState(tensors, size),
      },
    },
    [`"A" (diagonal), "W" (zero diagonal) and "h": z <- A z + W relu(z) + h + C u.`],
    check,
  );
};

function initialState(tensors: Headers, size: number): { initialState?: string } {
  const mu0 = tensors.get("mu0");
  return mu0?.shape.length === 2 && mu0.shape.join() === `${size},1` ? { initialState: "mu0" } : {};
}

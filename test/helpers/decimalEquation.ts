/**
 * The equations of the networks to 60 digits, written from the comments of `src/cells/spec.ts` and by no other code:
 * the outside oracle of the enclosures. Tensors are those of `cell.spec`, flat.
 */
import type {
  CellSpec,
  GruSpec,
  LowRankSpec,
  LstmSpec,
  MatrixLike,
  RateSpec,
  StackedSpec,
  VectorLike,
} from "../../src/cells/spec.js";
import { D, type Digits, digits, exactActivations } from "./decimal.js";

type State = readonly Digits[];
type Tensor = MatrixLike | VectorLike | undefined;

const numbers = (tensor: Tensor): Digits[] => Array.from((tensor ?? []) as ArrayLike<number>, digits);
const times = (matrix: State, x: State, rows: number): Digits[] =>
  Array.from({ length: rows }, (_, i) =>
    x.reduce((sum, v, j) => sum.plus(matrix[i * x.length + j].times(v)), new D(0)),
  );
const plus = (...terms: State[]): Digits[] =>
  terms[0].map((_, i) =>
    terms.reduce((sum, term) => (term.length === 0 ? sum : sum.plus(term[i])), new D(0)),
  );
const part = (a: State, block: number, size: number) => a.slice(block * size, (block + 1) * size);
const { value: sigmoid } = exactActivations.sigmoid;
const { value: tanh } = exactActivations.tanh;

/** F(x, u). */
export function exactRule(spec: CellSpec, x: State, u: State): Digits[] {
  switch (spec.kind) {
    case "vanilla": {
      const n = x.length;
      const phi = exactActivations[spec.activation].value;
      return plus(times(numbers(spec.recurrent), x, n), driven(spec, n, u), fedBack(spec, n, x)).map(phi);
    }
    case "rate":
      return rate(spec, x, u);
    case "low-rank":
      return lowRank(spec, x, u);
    case "gru":
      return gru(spec, x, u);
    case "lstm":
      return lstm(spec, x, u);
    case "plrnn": {
      const n = x.length;
      const diagonal = numbers(spec.diagonal);
      const positive = x.map((v) => D.max(v, 0));
      const kept = x.map((v, i) => v.times(diagonal[i]));
      return plus(kept, times(numbers(spec.recurrent), positive, n), driven(spec, n, u));
    }
    case "stacked":
      return stacked(spec, x, u).next;
  }
}

/** G(x): F^steps(x) - x of a map, F(x) of a flow. */
export function exactResidual(spec: CellSpec, x: State, u: State, steps = 1): Digits[] {
  if ((spec.kind === "rate" || spec.kind === "low-rank") && spec.time === "continuous")
    return exactRule(spec, x, u);
  let y: State = x;
  for (let k = 0; k < steps; k++) y = exactRule(spec, y, u);
  return y.map((v, i) => v.minus(x[i]));
}

function driven(spec: { input?: MatrixLike; bias?: VectorLike }, n: number, u: State): Digits[] {
  const zeros = Array.from({ length: n }, () => new D(0));
  return plus(zeros, spec.input ? times(numbers(spec.input), u, n) : [], numbers(spec.bias));
}

function fedBack(
  spec: { feedback?: MatrixLike; readout?: { weight: MatrixLike; bias?: VectorLike } },
  n: number,
  seen: State,
): Digits[] {
  if (!spec.feedback || !spec.readout) return [];
  const weight = numbers(spec.readout.weight);
  const y = plus(times(weight, seen, weight.length / n), numbers(spec.readout.bias));
  return times(numbers(spec.feedback), y, n);
}

/** `-x + drive`, divided by tau (flow); or `x + alpha (the same)`, alpha = dt / tau unless given. */
function leaking(spec: RateSpec | LowRankSpec, x: State, drive: State): Digits[] {
  const entry = (v: number | VectorLike, i: number) => digits(typeof v === "number" ? v : v[i]);
  return x.map((v, i) => {
    const change = drive[i].minus(v);
    const tau = entry(spec.tau ?? 1, i);
    if (spec.time === "continuous") return change.div(tau);
    if (spec.alpha !== undefined) return v.plus(entry(spec.alpha, i).times(change));
    return spec.dt === undefined ? drive[i] : v.plus(digits(spec.dt).times(change).div(tau));
  });
}

function rate(spec: RateSpec, x: State, u: State): Digits[] {
  const n = x.length;
  const phi = exactActivations[spec.activation].value;
  const s = digits(spec.scale ?? 1);
  const weights = numbers(spec.recurrent).map((w) => w.times(s));
  if (spec.state === "rate")
    return leaking(spec, x, plus(times(weights, x, n), driven(spec, n, u), fedBack(spec, n, x)).map(phi));
  const rates = x.map(phi);
  const seen = spec.readout?.of === "state" ? x : rates;
  return leaking(spec, x, plus(times(weights, rates, n), driven(spec, n, u), fedBack(spec, n, seen)));
}

function lowRank(spec: LowRankSpec, k: State, u: State): Digits[] {
  const r = k.length;
  const left = numbers(spec.left);
  const right = numbers(spec.right);
  const n = left.length / r;
  const phi = exactActivations[spec.activation].value;
  const rates = plus(times(left, k, n), driven(spec, n, u)).map(phi);
  const s = digits(spec.scale ?? 1);
  const drive = k.map((_, a) =>
    rates.reduce((sum, v, i) => sum.plus(right[i * r + a].times(v)), new D(0)).times(s),
  );
  if (spec.diagonal) {
    const diagonal = numbers(spec.diagonal);
    return drive.map((v, a) => v.plus(k[a].times(diagonal[a])));
  }
  return leaking(spec, k, drive);
}

/** `W u + b` and `U h + c` of every block of N rows. */
function gates(spec: GruSpec | LstmSpec, blocks: number, h: State, u: State) {
  const rows = blocks * h.length;
  const zeros = Array.from({ length: rows }, () => new D(0));
  const outside = plus(zeros, spec.input ? times(numbers(spec.input), u, rows) : [], numbers(spec.inputBias));
  const inside = plus(times(numbers(spec.recurrent), h, rows), numbers(spec.recurrentBias));
  return { outside, inside };
}

function gru(spec: GruSpec, h: State, u: State): Digits[] {
  const n = h.length;
  const { outside, inside } = gates(spec, 3, h, u);
  const [r, z] = [0, 1].map((g) => plus(part(outside, g, n), part(inside, g, n)).map(sigmoid));
  const reset = h.map((v, i) => v.times(r[i]));
  const inner = spec.resetAfter
    ? part(inside, 2, n).map((v, i) => v.times(r[i]))
    : plus(times(part(numbers(spec.recurrent), 2, n * n), reset, n), part(numbers(spec.recurrentBias), 2, n));
  const candidate = plus(part(outside, 2, n), inner).map(tanh);
  return h.map((v, i) => new D(1).minus(z[i]).times(candidate[i]).plus(z[i].times(v)));
}

function lstm(spec: LstmSpec, x: State, u: State): Digits[] {
  const n = x.length / 2;
  const h = part(x, 0, n);
  const c = part(x, 1, n);
  const { outside, inside } = gates(spec, 4, h, u);
  const [i, f, g, o] = [sigmoid, sigmoid, tanh, sigmoid].map((phi, block) =>
    plus(part(outside, block, n), part(inside, block, n)).map(phi),
  );
  const next = c.map((v, k) => f[k].times(v).plus(i[k].times(g[k])));
  return [...next.map((v, k) => o[k].times(tanh(v))), ...next];
}

const sizeOf = (spec: CellSpec): number => {
  const count = (tensor: Tensor) => numbers(tensor).length;
  if (spec.kind === "stacked") return spec.layers.reduce((sum, layer) => sum + sizeOf(layer), 0);
  if (spec.kind === "low-rank") return spec.rank!;
  if (spec.kind === "lstm") return 2 * Math.round(Math.sqrt(count(spec.recurrent) / 4));
  return Math.round(Math.sqrt(count(spec.recurrent) / (spec.kind === "gru" ? 3 : 1)));
};

/** The new state, and what a layer above sees of it. */
function stacked(spec: StackedSpec, x: State, u: State): { next: Digits[]; output: State } {
  const next: Digits[] = [];
  let output = u;
  for (const layer of spec.layers) {
    const own = x.slice(next.length, next.length + sizeOf(layer));
    if (layer.kind === "stacked") {
      const inner = stacked(layer, own, output);
      next.push(...inner.next);
      output = inner.output;
    } else {
      const moved = exactRule(layer, own, output);
      next.push(...moved);
      output = layer.kind === "lstm" ? moved.slice(0, moved.length / 2) : moved;
    }
  }
  return { next, output };
}

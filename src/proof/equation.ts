import type { Interval } from "../cells/interval.js";
import type {
  CellSpec,
  GruSpec,
  LowRankSpec,
  LstmSpec,
  MatrixLike,
  PiecewiseLinearSpec,
  RateSpec,
  StackedSpec,
  VanillaSpec,
  VectorLike,
} from "../cells/spec.js";
import type { Matrix, Time, Vector } from "../core/system.js";
import type { Algebra } from "./algebra.js";
import { down, up } from "./rounding.js";

/**
 * The equation of a network as `buildCell` echoes it in `cell.spec`: F(x, u), over any algebra. It states the model
 * with its tensors as stored: nothing is folded together or rounded beforehand, so what is proved of it is proved
 * of the model.
 */
export function advance<V>(spec: CellSpec, a: Algebra<V>, state: V, input: V): V {
  switch (spec.kind) {
    case "vanilla":
      return vanilla(spec, a, state, input);
    case "rate":
      return rate(spec, a, state, input);
    case "low-rank":
      return lowRank(spec, a, state, input);
    case "gru":
      return gru(spec, a, state, input);
    case "lstm":
      return lstm(spec, a, state, input);
    case "plrnn":
      return piecewiseLinear(spec, a, state, input);
    case "stacked":
      return stacked(spec, a, state, input);
  }
}

/** Map or flow: only rate networks come as both. */
export function timeOf(spec: CellSpec): Time {
  return spec.kind === "rate" || spec.kind === "low-rank" ? spec.time : "discrete";
}

/** Number of state variables D. */
export function dimensionOf(spec: CellSpec): number {
  switch (spec.kind) {
    case "low-rank":
      return spec.rank!;
    case "gru":
      return order(spec.recurrent, 3);
    case "lstm":
      return 2 * order(spec.recurrent, 4);
    case "stacked":
      return spec.layers.reduce((sum, layer) => sum + dimensionOf(layer), 0);
    default:
      return order(spec.recurrent, 1);
  }
}

/** N of a matrix `blocks N x N`. */
function order(matrix: MatrixLike, blocks: number): number {
  return Math.round(Math.sqrt(flat(matrix).length / blocks));
}

/** `cell.spec` holds flat tensors. */
function flat(tensor: MatrixLike | VectorLike): Vector {
  return tensor as Float64Array;
}

function exact(values: Vector): Interval {
  return { lower: values, upper: values };
}

/** `W x`, `+ W_in u`, `+ b`: whatever of it there is. */
function drive<V>(
  a: Algebra<V>,
  rows: number,
  start: V | undefined,
  input: MatrixLike | undefined,
  u: V,
  biases: readonly (VectorLike | undefined)[],
): V {
  let sum = start;
  const plus = (term: V) => {
    sum = sum === undefined ? term : a.add(sum, term);
  };
  if (input !== undefined && flat(input).length > 0)
    plus(a.affine(rows, flat(input).length / rows, flat(input), u));
  for (const bias of biases) if (bias !== undefined) plus(a.constant(exact(flat(bias))));
  return sum ?? a.constant(exact(new Float64Array(rows)));
}

/** `W_fb (W_out h + b_out)`. */
function feedback<V>(spec: VanillaSpec | RateSpec, a: Algebra<V>, n: number, seen: V): V | undefined {
  if (spec.feedback === undefined || spec.readout === undefined) return undefined;
  const weight = flat(spec.readout.weight);
  const k = weight.length / n;
  let y = a.affine(k, n, weight, seen);
  if (spec.readout.bias) y = a.add(y, a.constant(exact(flat(spec.readout.bias))));
  return a.affine(n, k, flat(spec.feedback), y);
}

function vanilla<V>(spec: VanillaSpec, a: Algebra<V>, x: V, u: V): V {
  const n = order(spec.recurrent, 1);
  let sum = a.affine(n, n, flat(spec.recurrent), x);
  const loop = feedback(spec, a, n, x);
  if (loop !== undefined) sum = a.add(sum, loop);
  return a.activate(spec.activation, drive(a, n, sum, spec.input, u, [spec.bias]));
}

/** `keep` and `gain` of a leaky unit, enclosed: `-1/tau, 1/tau` (flow), `1 - alpha, alpha` or `diagonal, 1` (map). */
function leak(spec: RateSpec | LowRankSpec, n: number): { keep: Interval; gain: Interval } {
  if (spec.kind === "low-rank" && spec.diagonal)
    return { keep: exact(flat(spec.diagonal)), gain: exact(new Float64Array(n).fill(1)) };
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  const at = (value: number | VectorLike | undefined, i: number) =>
    value === undefined ? 1 : typeof value === "number" ? value : value[i];
  for (let i = 0; i < n; i++) {
    let g: number;
    let isExact = false;
    if (spec.time === "discrete" && spec.alpha !== undefined) {
      g = at(spec.alpha, i);
      isExact = true;
    } else {
      const tau = at(spec.tau, i);
      const dt = spec.time === "continuous" ? 1 : (spec.dt ?? tau);
      g = dt / tau;
      isExact = g === 1 || tau === 1;
    }
    lower[i] = isExact ? g : down(g);
    upper[i] = isExact ? g : up(g);
  }
  const gain = { lower, upper };
  if (spec.time === "continuous")
    return { gain, keep: { lower: upper.map((v) => -v), upper: lower.map((v) => -v) } };
  const whole = (v: number) => v === 0 || v === 1;
  return {
    gain,
    keep: {
      lower: upper.map((v) => (whole(v) ? 1 - v : down(1 - v))),
      upper: lower.map((v) => (whole(v) ? 1 - v : up(1 - v))),
    },
  };
}

/** `keep x + gain towards`: how the state of a leaky network moves, or the whole of dx/dt. */
export function leaky<V>(spec: RateSpec | LowRankSpec, a: Algebra<V>, n: number, x: V, towards: V): V {
  const { keep, gain } = leak(spec, n);
  const moved = a.multiply(a.constant(gain), towards);
  if (keep.lower.every((v) => v === 0) && keep.upper.every((v) => v === 0)) return moved;
  return a.add(a.multiply(a.constant(keep), x), moved);
}

function scaled<V>(a: Algebra<V>, n: number, scale: number | undefined, v: V): V {
  if (scale === undefined || scale === 1) return v;
  return a.multiply(a.constant(exact(new Float64Array(n).fill(scale))), v);
}

function rate<V>(spec: RateSpec, a: Algebra<V>, x: V, u: V): V {
  const n = order(spec.recurrent, 1);
  const rates = spec.state === "rate" ? x : a.activate(spec.activation, x);
  let sum = scaled(a, n, spec.scale, a.affine(n, n, flat(spec.recurrent), rates));
  const loop = feedback(spec, a, n, spec.readout?.of === "rate" ? rates : x);
  if (loop !== undefined) sum = a.add(sum, loop);
  sum = drive(a, n, sum, spec.input, u, [spec.bias]);
  return leaky(spec, a, n, x, spec.state === "rate" ? a.activate(spec.activation, sum) : sum);
}

/** The current `m k + W_in u + b` of all N units of a low-rank network. */
export function lowRankCurrent<V>(spec: LowRankSpec, a: Algebra<V>, k: V, u: V): V {
  const r = spec.rank!;
  const n = flat(spec.left).length / r;
  return drive(a, n, a.affine(n, r, flat(spec.left), k), spec.input, u, [spec.bias]);
}

function lowRank<V>(spec: LowRankSpec, a: Algebra<V>, k: V, u: V): V {
  const r = spec.rank!;
  const n = flat(spec.left).length / r;
  const rates = a.activate(spec.activation, lowRankCurrent(spec, a, k, u));
  const sum = a.affine(r, n, transposedRight(spec), rates);
  return leaky(spec, a, r, k, scaled(a, r, spec.scale, sum));
}

const transposes = /* @__PURE__ */ new WeakMap<LowRankSpec, Matrix>();

/** n', R x N; kept, because a search evaluates the equation thousands of times. */
function transposedRight(spec: LowRankSpec): Matrix {
  let out = transposes.get(spec);
  if (!out) {
    const r = spec.rank!;
    const right = flat(spec.right);
    const n = right.length / r;
    out = new Float64Array(r * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < r; j++) out[j * n + i] = right[i * r + j];
    transposes.set(spec, out);
  }
  return out;
}

function rows(tensor: MatrixLike | VectorLike | undefined, width: number, start: number, end: number) {
  return tensor === undefined ? undefined : flat(tensor).subarray(start * width, end * width);
}

function gru<V>(spec: GruSpec, a: Algebra<V>, h: V, u: V): V {
  const n = order(spec.recurrent, 3);
  const m = spec.input === undefined ? 0 : flat(spec.input).length / (3 * n);
  const gate = (at: number) =>
    a.activate(
      "sigmoid",
      drive(
        a,
        n,
        a.affine(n, n, rows(spec.recurrent, n, at * n, (at + 1) * n)!, h),
        rows(spec.input, m, at * n, (at + 1) * n),
        u,
        [rows(spec.inputBias, 1, at * n, (at + 1) * n), rows(spec.recurrentBias, 1, at * n, (at + 1) * n)],
      ),
    );
  const r = gate(0);
  const z = gate(1);
  const candidateWeights = rows(spec.recurrent, n, 2 * n, 3 * n)!;
  const candidateInput = rows(spec.input, m, 2 * n, 3 * n);
  const inputBias = rows(spec.inputBias, 1, 2 * n, 3 * n);
  const recurrentBias = rows(spec.recurrentBias, 1, 2 * n, 3 * n);
  let sum: V;
  if (spec.resetAfter) {
    const inner = drive(a, n, a.affine(n, n, candidateWeights, h), undefined, u, [recurrentBias]);
    sum = drive(a, n, a.multiply(r, inner), candidateInput, u, [inputBias]);
  } else {
    const inner = a.affine(n, n, candidateWeights, a.multiply(r, h));
    sum = drive(a, n, inner, candidateInput, u, [inputBias, recurrentBias]);
  }
  const candidate = a.activate("tanh", sum);
  // (1 - z) n + z h = n + z (h - n)
  return a.add(candidate, a.multiply(z, a.subtract(h, candidate)));
}

function lstm<V>(spec: LstmSpec, a: Algebra<V>, x: V, u: V): V {
  const n = order(spec.recurrent, 4);
  const m = spec.input === undefined ? 0 : flat(spec.input).length / (4 * n);
  const h = a.slice(x, 0, n);
  const c = a.slice(x, n, 2 * n);
  const gate = (at: number, name: "sigmoid" | "tanh") =>
    a.activate(
      name,
      drive(
        a,
        n,
        a.affine(n, n, rows(spec.recurrent, n, at * n, (at + 1) * n)!, h),
        rows(spec.input, m, at * n, (at + 1) * n),
        u,
        [rows(spec.inputBias, 1, at * n, (at + 1) * n), rows(spec.recurrentBias, 1, at * n, (at + 1) * n)],
      ),
    );
  const i = gate(0, "sigmoid");
  const f = gate(1, "sigmoid");
  const g = gate(2, "tanh");
  const o = gate(3, "sigmoid");
  const next = a.add(a.multiply(f, c), a.multiply(i, g));
  return a.concatenate(a.multiply(o, a.activate("tanh", next)), next);
}

function piecewiseLinear<V>(spec: PiecewiseLinearSpec, a: Algebra<V>, z: V, u: V): V {
  const n = order(spec.recurrent, 1);
  const kept = a.multiply(a.constant(exact(flat(spec.diagonal))), z);
  const sum = a.add(kept, a.affine(n, n, flat(spec.recurrent), a.activate("relu", z)));
  return drive(a, n, sum, spec.input, u, [spec.bias]);
}

function stacked<V>(spec: StackedSpec, a: Algebra<V>, x: V, u: V): V {
  let at = 0;
  let below = u;
  let out: V | undefined;
  for (const layer of spec.layers) {
    const d = dimensionOf(layer);
    const next = advance(layer, a, a.slice(x, at, at + d), below);
    out = out === undefined ? next : a.concatenate(out, next);
    below =
      layer.kind === "lstm"
        ? a.slice(next, 0, d / 2)
        : layer.kind === "stacked"
          ? output(layer, a, next)
          : next;
    at += d;
  }
  return out!;
}

/** The output of a stack within a stack: that of its last layer. */
function output<V>(spec: StackedSpec, a: Algebra<V>, next: V): V {
  const last = spec.layers[spec.layers.length - 1];
  const d = dimensionOf(spec);
  const part = a.slice(next, d - dimensionOf(last), d);
  if (last.kind === "stacked") return output(last, a, part);
  return last.kind === "lstm" ? a.slice(part, 0, dimensionOf(last) / 2) : part;
}

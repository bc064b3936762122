import type { ActivationName, CellSpec } from "../../cells/spec.js";
import type { Matrix, Vector } from "../../core/system.js";
import type { Algebra } from "../algebra.js";
import { advance, dimensionOf, timeOf } from "../equation.js";
import type { KinksProof } from "../proofFormat.js";
import { liesIn } from "./liesIn.js";
import { type Plain, plainAlgebra, plainVariable } from "./plainAlgebra.js";
import { plainActivation, plainKinks, plainPoint } from "./plainFunctions.js";
import { above, below, minus, type Pair, plus, times } from "./plainInterval.js";
import { plainInverse } from "./plainSystem.js";

/** What is wrong with a tree over the sides of kinks; undefined where every part is decided as it says. */
export function checkKinks(spec: CellSpec, input: Vector, proof: KinksProof): string | undefined {
  const names = namesOf(spec, input, proof.period);
  if (!names) return "the network is not piecewise linear";
  const system = systemOf(spec, input, proof.period, names);
  const { size, faces } = proof.far;
  const ends = names.flatMap((name, j) => openEnds(name).map((side) => [j, side] as const));
  if (size === null ? ends.length > 0 : !(size > 0)) return "it does not say how large arguments may be";
  if (faces.length !== ends.length) return "its faces are not all there";
  const none: KinksProof["balls"] = [];
  for (const [f, [j, side]] of ends.entries()) {
    const ranges = rootRanges(names, 1);
    ranges[j] = [side, side];
    const wrong = replay(system, ranges, faces[f], none, above(1 / size!));
    if (wrong) return `face ${f}: ${wrong}`;
  }
  return replay(system, rootRanges(names, size ?? Infinity), proof.tree, proof.balls);
}

/** `L z + K phi(a) + c = 0` with z = (x, a): middles, and how far the true numbers are from them. */
interface Bent {
  readonly d: number;
  readonly names: readonly ActivationName[];
  readonly linear: Around;
  readonly rates: Around;
  readonly constant: Around;
}

interface Around {
  readonly middle: Matrix;
  readonly radius: Matrix;
}

/** The activations met in k steps, argument by argument; undefined where one is not made of straight pieces. */
function namesOf(spec: CellSpec, input: Vector, period: number): ActivationName[] | undefined {
  const names: ActivationName[] = [];
  const d = dimensionOf(spec);
  const listing: Algebra<Plain> = {
    ...plainAlgebra(d),
    activate(name, a) {
      for (let i = 0; i < a.lower.length; i++) names.push(name);
      return a;
    },
  };
  let x: Plain = { lower: new Float64Array(d), upper: new Float64Array(d) };
  for (let k = 0; k < period; k++) x = advance(spec, listing, x, { lower: input, upper: input });
  return names.every((name) => name === "linear" || plainKinks(name)) ? names : undefined;
}

function systemOf(spec: CellSpec, input: Vector, period: number, names: readonly ActivationName[]): Bent {
  const d = dimensionOf(spec);
  const s = names.length;
  const n = d + s;
  const plain = plainAlgebra(n);
  const all = plainVariable(new Float64Array(n), new Float64Array(n));
  const args: Plain[] = [];
  let met = d;
  const algebra: Algebra<Plain> = {
    ...plain,
    activate(_name, a) {
      args.push(a);
      met += a.lower.length;
      return plain.slice(all, met - a.lower.length, met);
    },
  };
  let x = plain.slice(all, 0, d);
  for (let k = 0; k < period; k++) x = advance(spec, algebra, x, { lower: input, upper: input });

  const blank = (length: number): Around => ({
    middle: new Float64Array(length),
    radius: new Float64Array(length),
  });
  const linear = blank(n * n);
  const rates = blank(n * s);
  const constant = blank(n);
  const put = (to: Around, p: number, [l, h]: Pair) => {
    const m = l + (h - l) / 2;
    to.middle[p] = m;
    to.radius[p] = Math.max(above(h - m), above(m - l), 0);
    if (l === h) to.radius[p] = 0;
  };
  let row = 0;
  const zero: Pair = [0, 0];
  /** Row by row: `sign v` plus 1 (or -1) times unknown `own`. */
  const equate = (v: Plain, sign: 1 | -1, own: (i: number) => number, by: number) => {
    for (let i = 0; i < v.lower.length; i++, row++) {
      const signed = ([l, h]: Pair): Pair => (sign === 1 ? [l, h] : [-h, -l]);
      put(constant, row, signed([v.lower[i], v.upper[i]]));
      for (let j = 0; j < n; j++) {
        const p = i * n + j;
        const entry = signed(v.by ? [v.by.lower[p], v.by.upper[p]] : zero);
        if (j < d) put(linear, row * n + j, own(i) === j ? plus(entry, [by, by]) : entry);
        else put(rates, row * s + j - d, entry);
      }
      if (own(i) >= d) put(linear, row * n + own(i), [by, by]);
    }
  };
  for (const arg of args) {
    const from = d + row;
    equate(arg, -1, (i) => from + i, 1);
  }
  equate(x, 1, (i) => i, timeOf(spec) === "discrete" ? -1 : 0);
  return { d, names, linear, rates, constant };
}

/** Signs of arguments for which the activation grows without bound. */
function openEnds(name: ActivationName): number[] {
  return name === "relu" ? [1] : name === "leaky-relu" ? [-1, 1] : [];
}

function rootRanges(names: readonly ActivationName[], size: number): Pair[] {
  return names.map((name) => {
    const ends = openEnds(name);
    return [ends.includes(-1) ? -size : -Infinity, ends.includes(1) ? size : Infinity];
  });
}

/** Goes through a tree; a part that is empty here may be divided as it likes. */
function replay(
  system: Bent,
  root: Pair[],
  tree: readonly number[],
  balls: KinksProof["balls"],
  far?: number,
): string | undefined {
  const { d, names } = system;
  const s = names.length;
  const stack: (Pair[] | undefined)[] = [root];
  for (const [node, code] of tree.entries()) {
    if (stack.length === 0) return "its tree has more nodes than it splits";
    const ranges = stack.pop();
    if (code === -2) return `node ${node} is not decided`;
    const where = ranges && enclose(system, ranges, far);
    const left = where ? narrowed(ranges, d, where) : ranges;
    if (code === -1) {
      if (left) return `node ${node}: it may hold a point`;
    } else if (code < 0) {
      const ball = balls[-3 - code];
      if (!ball) return `node ${node} names a ball that is not there`;
      if (!left) continue;
      const x = where && {
        lower: Float64Array.from({ length: d }, (_, i) => below(where.at[i] - where.within[i])),
        upper: Float64Array.from({ length: d }, (_, i) => above(where.at[i] + where.within[i])),
      };
      if (!x || !liesIn(x, ball)) return `node ${node}: its points may lie outside ball ${-3 - code}`;
    } else if (code === 2 * s) {
      stack.push(left);
    } else {
      const j = code >> 1;
      const kink = (far !== undefined && openEnds(names[j]).length === 0 ? [] : plainKinks(names[j]))?.[
        code & 1
      ];
      if (kink === undefined) return `node ${node} splits at a kink that is not there`;
      const side = (range: Pair) => left && (range[0] <= range[1] ? left.with(j, range) : undefined);
      stack.push(side([Math.max(left?.[j][0] ?? 0, kink), left?.[j][1] ?? 0]));
      stack.push(side([left?.[j][0] ?? 0, Math.min(left?.[j][1] ?? 0, kink)]));
    }
  }
  return stack.length === 0 ? undefined : "its tree ends before all parts are decided";
}

/** What is left of the ranges; undefined for nothing. */
function narrowed(
  ranges: readonly Pair[],
  d: number,
  { at, within }: { readonly at: Vector; readonly within: Vector },
): Pair[] | undefined {
  const out: Pair[] = [];
  for (const [j, [l, h]] of ranges.entries()) {
    const low = Math.max(l, below(at[d + j] - within[d + j]));
    const high = Math.min(h, above(at[d + j] + within[d + j]));
    if (low > high) return undefined;
    out.push([low, high]);
  }
  return out;
}

/**
 * All solutions with arguments in the ranges: `|z - at| <= within`. Sums of n terms are off by at most n 2^-52 of the sum
 * of their sizes, which is twice what rounding can do.
 */
function enclose({ d, names, linear, rates, constant }: Bent, ranges: readonly Pair[], far?: number) {
  const s = names.length;
  const n = d + s;
  const slip = (n + 8) * Number.EPSILON;
  const more = 1 + 2 * slip;
  const m: Around = { middle: linear.middle.slice(), radius: linear.radius.slice() };
  const v = new Float64Array(n);
  const loose = new Float64Array(n);
  const half = far === undefined ? 1 : far / 2;
  for (let i = 0; i < n; i++) {
    v[i] = half * constant.middle[i];
    loose[i] = 2 * half * constant.radius[i] + Math.abs(v[i]) * slip;
  }
  const error = new Float64Array(s);
  for (let j = 0; j < s; j++) {
    const { slope, middle, radius } = lineOf(names[j], ranges[j], far);
    error[j] = radius;
    for (let i = 0; i < n; i++) {
      const k = rates.middle[i * s + j];
      const r = rates.radius[i * s + j];
      const p = i * n + d + j;
      m.middle[p] += k * slope;
      m.radius[p] += r * Math.abs(slope) + (Math.abs(k * slope) + Math.abs(m.middle[p])) * Number.EPSILON * 2;
      v[i] += k * middle;
      loose[i] += r * (Math.abs(middle) + radius) + (Math.abs(k * middle) + Math.abs(v[i])) * slip;
    }
  }
  const y = plainInverse(n, m.middle);
  if (!y?.every(Number.isFinite)) return undefined;
  const at = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) at[i] -= y[i * n + j] * v[j];
  const rest = new Float64Array(n);
  const spread = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = v[i];
    let size = Math.abs(v[i]);
    let unsure = loose[i];
    for (let j = 0, p = i * n; j < n; j++, p++) {
      sum += m.middle[p] * at[j];
      size += Math.abs(m.middle[p] * at[j]);
      unsure += m.radius[p] * Math.abs(at[j]);
    }
    rest[i] = (Math.abs(sum) + unsure + size * slip) * more + 1e-300;
    for (let j = 0; j < s; j++) spread[i] += Math.abs(rates.middle[i * s + j]) * error[j];
  }
  const first = new Float64Array(n);
  const norms = new Float64Array(n);
  const row = new Float64Array(n);
  const sizes = new Float64Array(n);
  const parts = new Float64Array(s);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    sizes.fill(0);
    parts.fill(0);
    row[i] = -1;
    let scaled = 0;
    let absolute = 0;
    for (let k = 0; k < n; k++) {
      const w = y[i * n + k];
      const size = Math.abs(w);
      for (let j = 0, p = k * n; j < n; j++, p++) {
        row[j] += w * m.middle[p];
        sizes[j] += size * (m.radius[p] + slip * Math.abs(m.middle[p]));
      }
      for (let j = 0, p = k * s; j < s; j++, p++) parts[j] += w * rates.middle[p];
      first[i] += size * (rest[k] + slip * spread[k]);
      scaled += w * constant.middle[k];
      absolute += Math.abs(w * constant.middle[k]);
    }
    let norm = slip;
    for (let j = 0; j < n; j++) norm += Math.abs(row[j]) + sizes[j];
    for (let j = 0; j < s; j++) first[i] += Math.abs(parts[j]) * error[j];
    if (far !== undefined) first[i] += half * (Math.abs(scaled) + slip * absolute);
    norms[i] = norm * more;
    first[i] = first[i] * more + 1e-300;
  }
  let q = 0;
  let most = 0;
  for (let i = 0; i < n; i++) {
    q = Math.max(q, norms[i]); // NaN stays
    most = Math.max(most, first[i]);
  }
  if (!(q < 0.5)) return undefined;
  const within = first.map((f, i) => above(above(f + above(norms[i] * above(most / below(1 - q)))) * more));
  return within.every(Number.isFinite) ? { at, within } : undefined;
}

/** `phi(a) = slope a + middle`, give or take `radius`, over a range. */
function lineOf(name: ActivationName, [l, h]: Pair, far?: number) {
  if (name === "linear") return { slope: 1, middle: 0, radius: 0 };
  const at = plainPoint(name);
  // Beyond its kinks a bounded side is flat: any large number stands for infinity.
  const ends: Pair = [Math.max(l, -1e300), Math.min(h, 1e300)];
  const [from, to] = plainActivation(name, ends, at).value;
  const isOpen = l === -Infinity || h === Infinity;
  let slope = 0;
  let [least, most]: Pair = [from, to];
  if (far !== undefined && openEnds(name).length === 0) {
    const [low, high] = plainActivation(name, [-1e300, 1e300], at).value;
    [least, most] = times([0, far], [Math.min(low, 0), Math.max(high, 0)]);
  } else if (!isOpen) {
    if (h > l) slope = (at(h)[0] - at(l)[0]) / (h - l);
    [least, most] = [Infinity, -Infinity];
    for (const a of [l, h, ...plainKinks(name)!.filter((kink) => kink > l && kink < h)]) {
      const [low, high] = minus(at(a), times([slope, slope], [a, a]));
      least = Math.min(least, low);
      most = Math.max(most, high);
    }
  }
  const middle = least + (most - least) / 2;
  return { slope, middle, radius: Math.max(above(most - middle), above(middle - least), 0) };
}

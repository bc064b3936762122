// Networks of a few units on integers, 192 bits after the point: the oracle of the attack on certificates. The
// equations are written out here once more; decimal.js checks exp and tanh on a sample.
import { logOfTwo, partsOf } from "./bigFloat.mjs";

const F = 192n;
const one = 1n << F;

const ln2 = logOfTwo(F);

/** A double as an integer, exactly (numbers of 140 bits behind the point and more would lose some: none are used). */
export function fixed(x) {
  const { m, e } = partsOf(x);
  const by = BigInt(e) + F;
  return by >= 0n ? m << by : m / (1n << -by);
}

export const toNumber = (v) => Number(v >> (F - 100n)) / 2 ** 100;
export const mul = (a, b) => (a * b) >> F;
export const div = (a, b) => (a << F) / b;
const abs = (a) => (a < 0n ? -a : a);

export function exp(x) {
  let k = x / ln2;
  let r = x - k * ln2;
  if (r < 0n) {
    k -= 1n;
    r += ln2;
  }
  r >>= 8n;
  let term = one;
  let sum = one;
  for (let n = 1n; term > 0n; n++) {
    term = mul(term, r) / n;
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = mul(sum, sum);
  return k >= 0n ? sum << k : sum >> -k;
}

export function tanh(x) {
  const e = exp(-2n * abs(x));
  const v = div(one - e, one + e);
  return x < 0n ? -v : v;
}

const sigmoid = (x) => (x < 0n ? one - sigmoid(-x) : div(one, one + exp(-x)));

/** ln(1 + e^x) by Newton on the exponential: y <- y + (z e^-y - 1) with z = 1 + e^x, from a double. */
function softplus(x) {
  const z = one + exp(x);
  let y = fixed(Math.log1p(Math.exp(toNumber(x))));
  for (let k = 0; k < 4; k++) {
    const t = mul(z, exp(-y)) - one;
    // log(1 + t) to third order
    y += t - mul(t, t) / 2n + mul(mul(t, t), t) / 3n;
  }
  return y;
}

const phi = { tanh, sigmoid, softplus };

const product = (n, w, x) =>
  Array.from({ length: n }, (_, i) => {
    let sum = 0n;
    for (let j = 0; j < x.length; j++) sum += mul(fixed(w[i * x.length + j]), x[j]);
    return sum;
  });

/** G(x) of a small network: F(x) - x, or the right-hand side of a flow with tau 1. */
export function residual(spec, x) {
  const n = x.length;
  if (spec.kind === "vanilla") {
    const f = phi[spec.activation];
    return product(n, spec.recurrent, x).map((v, i) => f(v + fixed(spec.bias[i])) - x[i]);
  }
  if (spec.kind === "rate") {
    const f = phi[spec.activation];
    return product(n, spec.recurrent, x.map(f)).map((v, i) => v + fixed(spec.bias[i]) - x[i]);
  }
  // GRU, reset after
  const u = product(3 * n, spec.recurrent, x);
  const b = Array.from(spec.inputBias, fixed);
  const c = Array.from(spec.recurrentBias, fixed);
  return x.map((h, i) => {
    const r = sigmoid(u[i] + b[i] + c[i]);
    const z = sigmoid(u[n + i] + b[n + i] + c[n + i]);
    const a = tanh(b[2 * n + i] + mul(r, u[2 * n + i] + c[2 * n + i]));
    return mul(one - z, a - h);
  });
}

/** The zero of G next to a state, by Newton with differences; undefined when it does not settle to 2^-150. */
export function root(spec, state) {
  const n = state.length;
  let x = Array.from(state, fixed);
  const h = 1n << (F - 90n);
  for (let k = 0; k < 14; k++) {
    const g = residual(spec, x);
    const j = [];
    for (let b = 0; b < n; b++) {
      const moved = residual(
        spec,
        x.map((v, i) => (i === b ? v + h : v)),
      );
      moved.forEach((v, i) => (j[i * n + b] = div(v - g[i], h)));
    }
    const step = solve(n, j, g);
    if (!step) return undefined;
    x = x.map((v, i) => v - step[i]);
    if (step.some((s) => abs(s) > 1000n * one)) return undefined;
    if (step.every((s) => abs(s) < 1n << (F - 150n))) return x;
  }
  return undefined;
}

function solve(n, matrix, g) {
  const a = matrix.slice();
  const y = g.slice();
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (abs(a[i * n + k]) > abs(a[pivot * n + k])) pivot = i;
    if (a[pivot * n + k] === 0n) return undefined;
    if (pivot !== k) {
      for (let j = 0; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j], a[k * n + j]];
      [y[k], y[pivot]] = [y[pivot], y[k]];
    }
    for (let i = k + 1; i < n; i++) {
      const f = div(a[i * n + k], a[k * n + k]);
      for (let j = k; j < n; j++) a[i * n + j] -= mul(f, a[k * n + j]);
      y[i] -= mul(f, y[k]);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) y[i] -= mul(a[i * n + j], y[j]);
    if (a[i * n + i] === 0n) return undefined;
    y[i] = div(y[i], a[i * n + i]);
  }
  return y;
}

/** Whether |x - state| <= r in every coordinate, exactly. */
export function isWithin(x, state, r) {
  const most = fixed(r);
  return x.every((v, i) => abs(v - fixed(state[i])) <= most);
}

/** Max-norm distance of two zeros as a double. */
export const apart = (x, y) => Math.max(...x.map((v, i) => toNumber(abs(v - y[i]))));

export { one };

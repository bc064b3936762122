/** Activations and their slopes to 60 digits: the outside oracle of the proven bounds. Only tests use this. */
import { Decimal } from "decimal.js";
import type { ActivationName } from "../../src/cells/spec.js";

/** Decimal numbers of 60 digits. */
export const D = Decimal.clone({ precision: 60 });
export type Digits = Decimal;

/** A double times 2^1074: an integer, exactly. */
export function scaledInteger(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const biased = (word >> 52n) & 0x7ffn;
  if (biased === 0x7ffn) throw new Error(`${x} is not finite`);
  const fraction = word & 0xfffffffffffffn;
  const size = biased === 0n ? fraction : (fraction | (1n << 52n)) << (biased - 1n);
  return word >> 63n ? -size : size;
}

const rootPi = D.acos(-1).sqrt();
const rootTwoPi = D.acos(-1).times(2).sqrt();
const smallest = new D(2).pow(-1074);

/** A double in decimal, right to the 60 digits. (`new Decimal(x)` takes the shortest text that reads as x.) */
export function digits(x: number): Digits {
  return new D(scaledInteger(x).toString()).times(smallest);
}

/** Whether lower <= exact <= upper, but for the rounding of the 60 digits themselves; infinite ends bound nothing. */
export function holds(lower: number, exact: Digits, upper: number): boolean {
  const slack = exact.abs().times("1e-55");
  return (
    (lower === -Infinity || digits(lower).lte(exact.plus(slack))) &&
    (upper === Infinity || digits(upper).gte(exact.minus(slack)))
  );
}

/** erf a for |a| <= 5, by a series without negative terms. */
function erfSeries(a: Digits): Digits {
  const t = a.times(a).times(2);
  let term = a;
  let sum = a;
  for (let n = 1; !term.isZero() && term.abs().gt(sum.abs().times("1e-65")); n++) {
    term = term.times(t).div(2 * n + 1);
    sum = sum.plus(term);
  }
  return sum
    .times(2)
    .div(rootPi)
    .times(D.exp(a.times(a).neg()));
}

/** 1 - erf a; from 5 on by Laplace's continued fraction, so that its own digits are right. */
export function erfc(a: Digits): Digits {
  if (a.lt(5)) return a.lt(-5) ? new D(2).minus(erfc(a.neg())) : new D(1).minus(erfSeries(a));
  let below = a;
  for (let n = 300; n >= 1; n--) below = a.plus(new D(n).div(2).div(below));
  return D.exp(a.times(a).neg()).div(below).div(rootPi);
}

export function erf(a: Digits): Digits {
  return a.abs().lte(5) ? erfSeries(a) : new D(1).minus(erfc(a.abs())).times(a.isNeg() ? -1 : 1);
}

const exp = (a: Digits) => D.exp(a);
/** e^a - 1 */
const expm1 = (a: Digits) =>
  a.abs().lt("1e-12")
    ? a.times(
        a
          .times(a.div(24).plus(new D(1).div(6)))
          .times(a)
          .plus(a.div(2))
          .plus(1),
      )
    : exp(a).minus(1);
/** ln(1 + q) for q in [0, 1] */
const log1p = (q: Digits) => (q.lt("1e-25") ? q.minus(q.times(q).div(2)) : D.ln(q.plus(1)));
const clip = (a: Digits, low: number, high: number) => D.min(D.max(a, low), high);
const density = (a: Digits) => exp(a.times(a).div(-2)).div(rootTwoPi);
const distribution = (a: Digits) => erfc(a.neg().div(new D(2).sqrt())).div(2);
/** 1 / (e^a + 2 + e^-a), the slope of the logistic function. */
const logisticSlope = (a: Digits) => {
  const e = exp(a.abs().neg());
  return e.div(e.plus(1).pow(2));
};
const logistic = (a: Digits) => new D(1).div(exp(a.neg()).plus(1));
const tanh = (a: Digits) => {
  const e = expm1(a.abs().times(-2));
  return e
    .neg()
    .div(e.plus(2))
    .times(a.isNeg() ? -1 : 1);
};
const tanhSlope = (a: Digits) => logisticSlope(a.times(2)).times(4);
const hundredth = new D("0.01");
const zero = new D(0);
const one = new D(1);

export interface Exact {
  readonly value: (a: Digits) => Digits;
  /** At a kink: the slope on its right. */
  readonly slope: (a: Digits) => Digits;
}

/** Every activation as `src/cells/activation.ts` says it is, by textbook formulas. */
export const exactActivations: Readonly<Record<ActivationName, Exact>> = {
  tanh: { value: tanh, slope: tanhSlope },
  retanh: { value: (a) => D.max(tanh(a), 0), slope: (a) => (a.gte(0) ? tanhSlope(a) : zero) },
  sigmoid: { value: logistic, slope: logisticSlope },
  softplus: { value: (a) => D.max(a, 0).plus(log1p(exp(a.abs().neg()))), slope: logistic },
  elu: { value: (a) => (a.gte(0) ? a : expm1(a)), slope: (a) => (a.gte(0) ? one : exp(a)) },
  erf: { value: erf, slope: (a) => exp(a.times(a).neg()).times(2).div(rootPi) },
  gelu: {
    value: (a) => a.times(distribution(a)),
    slope: (a) => distribution(a).plus(a.times(density(a))),
  },
  linear: { value: (a) => a, slope: () => one },
  relu: { value: (a) => D.max(a, 0), slope: (a) => (a.gte(0) ? one : zero) },
  "leaky-relu": {
    value: (a) => (a.gte(0) ? a : a.times(hundredth)),
    slope: (a) => (a.gte(0) ? one : hundredth),
  },
  "clipped-relu": { value: (a) => clip(a, 0, 1), slope: (a) => (a.gte(0) && a.lt(1) ? one : zero) },
  "hard-tanh": { value: (a) => clip(a, -1, 1), slope: (a) => (a.gte(-1) && a.lt(1) ? one : zero) },
  "hard-sigmoid": {
    value: (a) => clip(a.plus(3).div(6), 0, 1),
    slope: (a) => (a.gte(-3) && a.lt(3) ? one.div(6) : zero),
  },
};

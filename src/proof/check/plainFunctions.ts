import type { ActivationName } from "../../cells/spec.js";
import { above, below, minus, over, type Pair, plus, square, times, within } from "./plainInterval.js";

/**
 * Activations of the checker: series and divisions in interval arithmetic with their remainders added, no error bound
 * taken from anywhere. Each returns bounds of the value and of the slope over an interval.
 */
export function plainActivation(name: ActivationName, x: Pair, at = plainPoint(name)): Bounds {
  return functions[name].over(x, at);
}

/** Bounds of the value, and of the slope. */
export interface Bounds {
  readonly value: Pair;
  readonly slope: Pair;
}

/** Where an activation made of straight pieces bends; undefined for the others. */
export function plainKinks(name: ActivationName): readonly number[] | undefined {
  return functions[name].kinks;
}

/** What an activation is made of at single points: exponentials, which cost; the caller may remember them. */
export function plainPoint(name: ActivationName): (x: number) => Pair {
  return functions[name].at;
}

const one: Pair = [1, 1];
const two: Pair = [2, 2];
/** The floats nearest to ln 2 and pi lie below them. */
const logOfTwo: Pair = [Math.LN2, above(Math.LN2)];
const pi: Pair = [Math.PI, above(Math.PI)];
/** 1/100 and the float next to it: a leaky slope may be meant as either. */
const hundredth: Pair = [below(0.01), 0.01];

/** A monotone function from its bounds at a point. */
function increasing(at: (x: number) => Pair, [a, b]: Pair): Pair {
  return a === b ? at(a) : [at(a)[0], at(b)[1]];
}

/** e^x at a point: k ln 2 taken away as an interval, Taylor polynomial of degree 17, remainder `2 |r|^18 / 18!`. */
export function exponential(x: number): Pair {
  if (x === 0) return one;
  if (x > 709) return [4e307, Infinity];
  if (x < -744) return [0, 1e-300];
  const k = Math.round(x * Math.LOG2E);
  const r = minus([x, x], times([k, k], logOfTwo));
  const size = Math.max(Math.abs(r[0]), Math.abs(r[1]));
  let sum: Pair = one;
  for (let n = 17; n >= 1; n--) sum = plus(one, over(times(r, sum), [n, n]));
  const tail = above((above(2 * eighteenth(size)) / 6.4e15) * 1.001);
  sum = plus(sum, [-tail, tail]);
  const half = Math.trunc(k / 2);
  const up = powerOfTwo(half);
  const rest = powerOfTwo(k - half);
  return [below(below(sum[0] * up) * rest), above(above(sum[1] * up) * rest)];
}

/** Exactly 2^k for |k| < 1000; the language leaves the rounding of `2 ** k` to the engine. */
function powerOfTwo(k: number): number {
  let out = 1;
  for (let n = Math.abs(k); n > 0; n--) out *= k > 0 ? 2 : 0.5;
  return out;
}

/** x^18, from above. */
function eighteenth(x: number): number {
  const ninth = x * x * x * x * x * x * x * x * x;
  return above(ninth * ninth * (1 + 1e-14));
}

/** `sinh x / x` or `cosh x` (start 1 or 0) as series in x^2 for |x| <= 0.5; 12 terms, remainder below 1e-26. */
function hyperbolic(x: number, start: 0 | 1): Pair {
  const t = square([x, x]);
  let sum: Pair = one;
  for (let n = 11; n >= 1; n--) {
    const divisor = (2 * n + start) * (2 * n + start - 1);
    sum = plus(one, over(times(t, sum), [divisor, divisor]));
  }
  return plus(sum, [0, 1e-26]);
}

function tanhAt(x: number): Pair {
  const a = Math.abs(x);
  let value: Pair;
  if (a <= 0.4) value = over(times([a, a], hyperbolic(a, 1)), hyperbolic(a, 0));
  else value = minus(one, over(two, plus(exponential(Math.min(2 * a, 709)), one)));
  if (a > 300) value = [1 - Number.EPSILON / 2, 1];
  value = within(value, [0, 1]);
  return x < 0 ? [-value[1], -value[0]] : value;
}

function logisticAt(x: number): Pair {
  return within(over(one, plus(one, exponential(-x))), [0, 1]);
}

/** log(1 + y) for y in [0, 1]: `2 (z + z^3/3 + ..)`, z = y / (2 + y) <= 1/3; the rest after z^37 / 37 is below 1.2 z^39 / 39. */
function logPlusOne(y: Pair): Pair {
  const z = over(y, plus(two, y));
  const t = square(z);
  let sum: Pair = plus(over(one, [37, 37]), [0, above((1.2 * t[1]) / 39) * 1.001]);
  for (let n = 35; n >= 1; n -= 2) sum = plus(over(one, [n, n]), times(t, sum));
  return times(two, times(z, sum));
}

function softplusAt(x: number): Pair {
  return plus([Math.max(x, 0), Math.max(x, 0)], logPlusOne(within(exponential(-Math.abs(x)), [0, 1])));
}

function eluAt(x: number): Pair {
  if (x >= 0) return [x, x];
  if (x > -0.8) {
    // e^x - 1 = 2 sinh(x/2) e^(x/2)
    const s = times([x, x], hyperbolic(x / 2, 1));
    return times(s, exponential(x / 2));
  }
  return within(minus(exponential(x), one), [-1, 0]);
}

/** erf at a point: `2 / sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!`; terms fall by half from some n on, which bounds the rest. */
function erfAt(x: number): Pair {
  const a = Math.abs(x);
  let value: Pair;
  if (a >= 6) {
    value = [1 - Number.EPSILON / 2, 1];
  } else {
    const t = times(two, square([a, a]));
    let term: Pair = [a, a];
    let sum: Pair = term;
    for (let n = 1; n < 400; n++) {
      term = over(times(term, t), [2 * n + 1, 2 * n + 1]);
      sum = plus(sum, term);
      if (t[1] < n && term[1] < 1e-18 * sum[0]) break;
    }
    sum = plus(sum, [0, above(2 * term[1])]);
    const e = exponential(-a * a);
    // -a * a is rounded: half a unit of a^2 at most.
    const slack = above(1.2e-16 * a * a);
    value = over(
      times(times(two, times(e, [below(1 - 2 * slack), above(1 + 2 * slack)])), sum),
      squareRoot(pi),
    );
    value = within(value, [0, 1]);
  }
  return x < 0 ? [-value[1], -value[0]] : value;
}

function squareRoot([a, b]: Pair): Pair {
  return [below(Math.sqrt(a)), above(Math.sqrt(b))];
}

/** `e^(-c x^2)` over an interval, c exact. */
function bell([a, b]: Pair, c: number): Pair {
  const t = times([c, c], square([a, b]));
  return within([exponential(-t[1])[0], exponential(-t[0])[1]], [0, 1]);
}

const rootOfHalf: Pair = [0.7071067811865474, 0.7071067811865477];

function normal(x: number): Pair {
  const scaled = times([x, x], rootOfHalf);
  const e: Pair = [erfAt(scaled[0])[0], erfAt(scaled[1])[1]];
  return within(times([0.5, 0.5], plus(one, e)), [0, 1]);
}

/** An activation: its values at points, and its bounds over an interval from those at a few points. */
interface PlainFunction {
  /** Between these it is straight; absent where it is curved. */
  readonly kinks?: readonly number[];
  readonly at: (x: number) => Pair;
  readonly over: (x: Pair, at: (x: number) => Pair) => Bounds;
}

/** Straight pieces between kinks; a piece counts when its closure meets the interval. */
function straight(at: (x: number) => Pair, kinks: readonly number[], slopes: readonly Pair[]): PlainFunction {
  return {
    kinks,
    at,
    over: (x) => {
      let least = Infinity;
      let most = -Infinity;
      for (let i = 0; i < slopes.length; i++) {
        if (x[1] < (kinks[i - 1] ?? -Infinity) || x[0] > (kinks[i] ?? Infinity)) continue;
        least = Math.min(least, slopes[i][0]);
        most = Math.max(most, slopes[i][1]);
      }
      return { value: increasing(at, x), slope: [least, most] };
    },
  };
}

const exactly = (v: number): Pair => [v, v];
const none: Pair = [0, 0];

function tanhOver(x: Pair, at: (x: number) => Pair): Bounds {
  const value = increasing(at, x);
  return { value, slope: within(minus(one, square(value)), [0, 1]) };
}

const functions: Readonly<Record<ActivationName, PlainFunction>> = {
  tanh: { at: tanhAt, over: tanhOver },
  retanh: {
    at: tanhAt,
    over(x, at) {
      if (x[1] < 0) return { value: none, slope: none };
      const { value, slope } = tanhOver([Math.max(x[0], 0), x[1]], at);
      return { value, slope: x[0] <= 0 ? [0, slope[1]] : slope };
    },
  },
  sigmoid: {
    at: logisticAt,
    over(x, at) {
      const value = increasing(at, x);
      // s (1 - s) = 1/4 - (s - 1/2)^2
      return { value, slope: within(minus([0.25, 0.25], square(minus(value, [0.5, 0.5]))), [0, 0.25]) };
    },
  },
  softplus: {
    at: softplusAt,
    over: (x, at) => ({ value: increasing(at, x), slope: increasing(logisticAt, x) }),
  },
  elu: {
    at: eluAt,
    over: (x, at) => ({
      value: increasing(at, x),
      slope: increasing((a) => (a >= 0 ? one : within(exponential(a), [0, 1])), x),
    }),
  },
  erf: {
    at: erfAt,
    over: (x, at) => ({
      value: increasing(at, x),
      slope: times(over(two, squareRoot(pi)), bell(x, 1)),
    }),
  },
  gelu: {
    // The normal distribution function: gelu is x times it, and its slope that and x times the density.
    at: normal,
    over(x, at) {
      const p = increasing(at, x);
      const density = over(bell(x, 0.5), squareRoot(times(two, pi)));
      // Over wide intervals the products say less than the range of the function and of its slope.
      return {
        value: within(times(x, p), [-0.17, Infinity]),
        slope: within(plus(p, times(x, density)), [-0.129, 1.129]),
      };
    },
  },
  linear: straight(exactly, [], [one]),
  relu: straight((x) => exactly(Math.max(x, 0)), [0], [none, one]),
  "leaky-relu": straight((x) => (x > 0 ? exactly(x) : times(hundredth, [x, x])), [0], [hundredth, one]),
  "clipped-relu": straight((x) => exactly(Math.min(Math.max(x, 0), 1)), [0, 1], [none, one, none]),
  "hard-tanh": straight((x) => exactly(Math.min(Math.max(x, -1), 1)), [-1, 1], [none, one, none]),
  "hard-sigmoid": straight(
    (x) => (x <= -3 ? none : x >= 3 ? one : within(over(plus([x, x], [3, 3]), [6, 6]), [0, 1])),
    [-3, 3],
    [none, over(one, [6, 6]), none],
  ),
};

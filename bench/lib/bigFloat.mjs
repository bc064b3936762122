// exp, tanh and their kin to more than 100 bits, on integers: values are { m, e }, m 2^e. Written for the attack on
// the enclosures: a hundred times as fast as decimal.js, which checks it on a sample.

const F = 160; // bits after the point
const bits = BigInt(F);
const one = 1n << bits;

/** ln 2 with so many bits after the point (Machin's way: three series of artanh). */
export function logOfTwo(places) {
  const artanhOfInverse = (n) => {
    let power = (1n << places) / n;
    let sum = 0n;
    for (let k = 1n; power > 0n; k += 2n, power /= n * n) sum += power / k;
    return sum;
  };
  return 18n * artanhOfInverse(26n) - 2n * artanhOfInverse(4801n) + 8n * artanhOfInverse(8749n);
}
const ln2 = logOfTwo(bits);

const view = new DataView(new ArrayBuffer(8));

/** A double, exactly. */
export function partsOf(x) {
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const m = biased === 0 ? fraction : fraction | (1n << 52n);
  return { m: word >> 63n ? -m : m, e: Math.max(biased, 1) - 1075 };
}

const shifted = (m, by) => (by >= 0 ? m << BigInt(by) : m >> BigInt(-by));
const fixed = ({ m, e }) => shifted(m, e + F);

/** -1, 0 or 1: the order of two values. */
export function order(a, b) {
  const by = a.e - b.e;
  const [x, y] = by >= 0 ? [a.m << BigInt(by), b.m] : [a.m, b.m << BigInt(-by)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Below this, e^x is smaller than any double: 2^-2164 stands for it. */
const bottom = -1500;

export function exp(x) {
  if (x < bottom) return { m: 1n, e: -2164 };
  const at = fixed(partsOf(x));
  let k = at / ln2;
  let r = at - k * ln2;
  if (r < 0n) {
    k -= 1n;
    r += ln2;
  }
  r >>= 8n;
  let term = one;
  let sum = one;
  for (let n = 1n; term > 0n; n++) {
    term = ((term * r) >> bits) / n;
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) >> bits;
  return { m: sum, e: Number(k) - F };
}

/** `sum c_i x^i` by Horner on integers after the point. */
const series = (x, coefficients) => coefficients.reduceRight((sum, c) => c + ((sum * x) >> bits), 0n);
const fractions = (...list) => list.map(([a, b]) => (a * one) / b);
const tanhSeries = fractions([1n, 1n], [-1n, 3n], [2n, 15n], [-17n, 315n], [62n, 2835n]);
const expm1Series = Array.from({ length: 9 }, (_, n) => {
  let f = 1n;
  for (let i = 2n; i <= BigInt(n + 1); i++) f *= i;
  return one / f;
});
const log1pSeries = Array.from({ length: 7 }, (_, n) => ((n % 2 ? -1n : 1n) * one) / BigInt(n + 1));

export function tanh(x) {
  const { m, e } = partsOf(x);
  if (Math.abs(x) < 2 ** -20) {
    const t = fixed({ m, e });
    return { m: m * series((t * t) >> bits, tanhSeries), e: e - F };
  }
  const q = fixed(exp(-2 * Math.min(Math.abs(x), 1e3)));
  const v = ((one - q) << bits) / (one + q);
  return { m: x < 0 ? -v : v, e: -F };
}

export function expm1(x) {
  const { m, e } = partsOf(x);
  if (Math.abs(x) < 2 ** -20) return { m: m * series(fixed({ m, e }), expm1Series), e: e - F };
  return { m: fixed(exp(x)) - one, e: -F };
}

export function sigmoid(x) {
  if (x >= 0) return { m: (one << bits) / (one + fixed(exp(-x))), e: -F };
  const q = exp(x);
  return { m: (q.m << bits) / (one + fixed(q)), e: q.e };
}

/** log(1 + q), 0 <= q <= 1. */
function log1p(q) {
  const y = fixed(q);
  if (y < one >> 30n) return { m: q.m * series(y, log1pSeries), e: q.e - F };
  const z = (y << bits) / (2n * one + y);
  const t = (z * z) >> bits;
  let power = z;
  let sum = 0n;
  for (let k = 1n; power > 0n; k += 2n) {
    sum += power / k;
    power = (power * t) >> bits;
  }
  return { m: 2n * sum, e: -F };
}

export function softplus(x) {
  const tail = log1p(exp(-Math.abs(x)));
  if (x < 0) return tail;
  const above = fixed(tail);
  return { m: fixed(partsOf(x)) + (above > 0n ? above : 1n), e: -F };
}

// An attack on the proven bounds of the activations: a million points each, ordinary, subnormal, huge, at the edges of
// the formulas. The values they must hold are computed on integers, and those are checked against decimal.js.
import Decimal from "decimal.js";
import { createRandom } from "rnn-dynamics";
import { activationBounds, expLower, expUpper } from "../dist/proof/activationBounds.js";
import { exp, expm1, order, partsOf, sigmoid, softplus, tanh } from "./lib/bigFloat.mjs";

/** The most ulps between two bounds of a value that is not near the subnormal numbers: two steps in a row for softplus. */
const allowed = { softplus: 30, others: 20 };

const D = Decimal.clone({ precision: 60 });
const e = (x) => D.exp(x);

/** ln(1 + e^x): decimal.js rounds 1 + e^x, so that small ones need the series. */
function logOfOnePlusExp(x) {
  const q = e(x);
  return x.lt(-20) ? q.minus(q.pow(2).div(2)).plus(q.pow(3).div(3)).minus(q.pow(4).div(4)) : D.ln(q.plus(1));
}

const value = (name) => {
  const bounds = activationBounds(name);
  return (x, out) => bounds(x, x, out);
};
const attacks = [
  { name: "tanh", bounds: value("tanh"), exact: tanh, decimal: (x) => D.tanh(x) },
  {
    name: "exp",
    bounds(x, out) {
      out[0] = expLower(x);
      out[1] = expUpper(x);
    },
    exact: exp,
    decimal: e,
    most: 709.7,
  },
  { name: "elu", bounds: value("elu"), exact: expm1, decimal: (x) => e(x).minus(1), most: 0 },
  { name: "sigmoid", bounds: value("sigmoid"), exact: sigmoid, decimal: (x) => e(x).div(e(x).plus(1)) },
  { name: "softplus", bounds: value("softplus"), exact: softplus, decimal: logOfOnePlusExp },
];

export async function run({ tiny }) {
  const count = tiny ? 2000 : 1e6;
  const rows = attacks.map((attack, i) => {
    const strays = checkOracle(attack, tiny ? 20 : 500, i);
    const { violations, widest, at } = assail(attack, count, i);
    const target = allowed[attack.name] ?? allowed.others;
    return {
      row: "enclosures of activations",
      size: `${attack.name}, ${count} points`,
      unit: "ulps",
      ours: widest,
      target: `no violation, at most ${target} ulps wide`,
      verdict: violations === 0 && strays === 0 && widest <= target ? "holds" : "SHORT",
      remark: `${violations} violations; widest at ${at}${strays > 0 ? `; the oracle is wrong ${strays} times` : ""}`,
    };
  });
  return {
    title: "bounds of values against exact ones; widths where a value is above 1e-290 and its bound finite",
    rows,
  };
}

/** How often the values on integers differ from decimal.js by more than 1e-30 of themselves. */
function checkOracle({ exact, decimal, most = 700 }, count, seed) {
  const random = createRandom(100 + seed);
  let strays = 0;
  for (let i = 0; i < count; i++) {
    const x = Math.min(most, 700 * (2 * random.uniform() - 1) * 10 ** (-9 * random.uniform()));
    const { m, e: exponent } = exact(x);
    const ours = new D(m.toString()).times(new D(2).pow(exponent));
    const theirs = decimal(decimalOf(x));
    if (!ours.minus(theirs).abs().lte(theirs.abs().times(1e-30))) strays++;
  }
  return strays;
}

/** A double as a decimal, exactly to the precision. */
function decimalOf(x) {
  const { m, e: exponent } = partsOf(x);
  return new D(m.toString()).times(new D(2).pow(exponent));
}

function assail({ bounds, exact, most = Infinity }, count, seed) {
  const next = points(createRandom(seed), most);
  const out = new Float64Array(4);
  let violations = 0;
  let widest = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const x = next(i);
    bounds(x, out);
    const v = exact(x);
    const [lower, upper] = out;
    if (!(lower <= upper && order(partsOf(lower), v) <= 0 && order(v, partsOf(upper)) <= 0)) violations++;
    const size = Math.min(Math.abs(lower), Math.abs(upper));
    if (size < 1e-290 || upper === Infinity) continue;
    const width = (upper - lower) / ulpOf(size);
    if (width > widest) [widest, at] = [width, x];
  }
  return { violations, widest, at };
}

const ulpOf = (size) => {
  const { e: exponent } = partsOf(size);
  return 2 ** exponent;
};

/** Where the formulas change, overflow, underflow or cancel. */
const edges = [
  0, 22, 40, 0.1732867951399863, 0.34657359027997264, 1, 709.7, 709.78, 708.4, 744.4, 745.13, 745.2, 36.7,
];

/** A stream of points up to `most`, each kind in turn. */
function points(random, most) {
  const view = new DataView(new ArrayBuffer(8));
  const sign = () => (random.uniform() < 0.5 ? -1 : 1);
  const kinds = [
    () => 3 * random.normal(),
    () => 50 * (random.uniform() - 0.5),
    () => 1500 * (random.uniform() - 0.5),
    () => random.normal() * 10 ** (-20 * random.uniform()),
    () => Math.LN2 * (Math.floor(200 * (random.uniform() - 0.5)) + 0.5 + 1e-12 * random.normal()) * 0.5,
    () => sign() * edges[Math.floor(random.uniform() * edges.length)] * (1 + 1e-12 * random.normal()),
    () => sign() * edges[Math.floor(random.uniform() * edges.length)],
    () => sign() * Math.floor(random.uniform() * 1e6) * Number.MIN_VALUE,
    () => {
      // Any finite double: its bits at random.
      view.setUint32(0, Math.floor(random.uniform() * 2 ** 32));
      view.setUint32(4, Math.floor(random.uniform() * 2 ** 32));
      const x = view.getFloat64(0);
      return Number.isFinite(x) ? x : sign() * Number.MAX_VALUE;
    },
  ];
  return (i) => {
    const x = kinds[i % kinds.length]();
    return x <= most ? x : Math.abs(x) <= 700 ? -x : most;
  };
}

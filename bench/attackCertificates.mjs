// An attack on certify: random networks of one to three units, their zeros computed on integers of 192 bits after the
// point. A certificate must hold its zero, never speak of a second one as alone, never refute what is there, and
// never take two zeros for one. `npm run bench -- attackCertificates` tries 100,000 networks.
import Decimal from "decimal.js";
import { buildCell, createRandom, findFixedPoints } from "rnn-dynamics";
import { certify, certifyAll } from "rnn-dynamics/proof";
import { apart, exp, fixed, isWithin, root, tanh, toNumber } from "./lib/fixedPoint.mjs";

const activations = ["tanh", "sigmoid", "softplus"];

function draw(random) {
  const n = 1 + Math.floor(3 * random.uniform());
  const normals = (count, scale) => Float64Array.from({ length: count }, () => scale * random.normal());
  const gain = 0.3 + 2.7 * random.uniform();
  const kind = ["vanilla", "rate", "gru"][Math.floor(3 * random.uniform())];
  if (kind === "gru") {
    const units = Math.min(n, 2);
    return {
      kind,
      recurrent: normals(3 * units * units, 1.5 * gain),
      inputBias: normals(3 * units, 0.5),
      recurrentBias: normals(3 * units, 0.5),
    };
  }
  const activation = activations[Math.floor(3 * random.uniform())];
  // softplus grows: keep the weights small enough for fixed points to be common.
  const scale =
    ((activation === "softplus" ? 0.4 : activation === "sigmoid" ? 3 : 1.2) * gain) / Math.sqrt(n);
  // Small biases leave symmetric networks several zeros.
  const network = {
    activation,
    recurrent: normals(n * n, scale),
    bias: normals(n, random.uniform() < 0.5 ? 0.05 : 0.5),
  };
  return kind === "vanilla" ? { kind, ...network } : { kind, time: "continuous", ...network };
}

export async function run({ tiny }) {
  const networks = tiny ? 60 : 100_000;
  const random = createRandom(20);
  const found = { zeros: 0, certified: 0, refuted: 0, undecided: 0, pairs: 0 };
  const wrong = [];
  const blame = (what, spec, state) =>
    wrong.push(`${what}: ${JSON.stringify({ ...spec, state: Array.from(state) })}`);
  checkOracle(random, wrong);
  for (let k = 0; k < networks; k++) {
    const spec = draw(random);
    const cell = buildCell(spec);
    const d = cell.dimension;
    const starts = Float64Array.from({ length: 6 * d }, () => 2 * random.normal());
    const { points } = findFixedPoints(cell, starts, { searchBudget: 4 });
    const zeros = [];
    for (const { state } of points) {
      const zero = root(spec, state);
      if (!zero || !isWithin(zero, state, 1e-3)) continue;
      found.zeros++;
      zeros.push({ state, zero });
      // The state itself, one beside it, and one whose ball is asked to be wide.
      const far = 10 ** (-12 + 10 * random.uniform());
      const beside = state.map((v) => v + far * (2 * random.uniform() - 1));
      for (const [x, options] of [
        [state, {}],
        [beside, {}],
        [beside, { within: 10 ** (-6 + 6 * random.uniform()) }],
      ]) {
        const c = certify(cell, x, options);
        found[c.status]++;
        if (c.status === "refuted" && isWithin(zero, x, c.radius)) blame("refuted a zero", spec, x);
        if (c.status !== "certified") continue;
        const isIts = isWithin(zero, c.state, c.radius);
        if (!isIts && isWithin(zero, c.state, c.uniqueWithin))
          blame("another zero where it is alone", spec, x);
        if (!isIts && !root(spec, c.state)) blame("certified what is not confirmed", spec, x);
      }
    }
    const list = certifyAll(
      cell,
      zeros.map(({ state }) => state),
    );
    for (const [i, j] of list.same)
      if (apart(zeros[i].zero, zeros[j].zero) > 2 ** -90)
        blame("two zeros taken for one", spec, zeros[i].state);
    const different = zeros.filter(({ zero }, i) =>
      zeros.slice(0, i).every((z) => apart(z.zero, zero) > 2 ** -90),
    ).length;
    if (list.distinct > different) blame("one zero counted twice", spec, starts);
    if (zeros.length > 1) found.pairs++;
  }
  const { zeros, certified, refuted, undecided, pairs } = found;
  return {
    title: "certificates of random networks of 1 to 3 units against zeros on integers of 192 bits",
    note: wrong.slice(0, 3).join("; "),
    rows: [
      {
        row: "attack on certify",
        size: `${networks} networks, ${zeros} zeros`,
        unit: "wrong answers",
        ours: wrong.length,
        target: "0",
        verdict: wrong.length === 0 ? "holds" : "SHORT",
        remark: `${certified} certified, ${refuted} refuted, ${undecided} undecided; ${pairs} networks with several zeros`,
      },
    ],
  };
}

function checkOracle(random, wrong) {
  const D = Decimal.clone({ precision: 60 });
  for (let k = 0; k < 50; k++) {
    const x = 6 * random.normal();
    for (const [ours, theirs] of [
      [toNumber(tanh(fixed(x))), D.tanh(x).toNumber()],
      [toNumber(exp(fixed(-Math.abs(x)))), D.exp(-Math.abs(x)).toNumber()],
    ])
      if (Math.abs(ours - theirs) > 1e-15) wrong.push(`the oracle errs at ${x}`);
  }
}

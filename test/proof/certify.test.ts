import { existsSync } from "node:fs";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { VanillaSpec } from "../../src/cells/spec.js";
import { readWeights } from "../../src/io/readWeights.js";
import { certify } from "../../src/proof/certify.js";
import { certifyAll } from "../../src/proof/certifyAll.js";
import { enclose } from "../../src/proof/enclosure.js";
import { map } from "../../src/systems/custom.js";
import { readStoredTensors } from "../helpers/safetensors.js";

const fixtures = join(import.meta.dirname, "../fixtures/flipflop");
const peer = join(import.meta.dirname, "../../../shared/nets/flipflop/peer_ff3_tanh16");
/** Our own four networks, and the fifth where it is at hand. */
const flipflops = [
  ...["ff3_gru16", "ff3_lstm16", "ff3_tanh16", "integ_tanh64_static"].map((name) => join(fixtures, name)),
  ...(existsSync(peer) ? [peer] : []),
];

const Precise = Decimal.clone({ precision: 70 });
const seeded = { seed: 6, numRuns: 60 };

/** The root of x = tanh(w x + b) (or of -x + w tanh x + b) next to a start, by Newton at 70 digits; undefined when it runs away. */
function preciseRoot(kind: "map" | "flow", w: number, b: number, start: number): Decimal | undefined {
  let x = new Precise(start);
  for (let k = 0; k < 60; k++) {
    const t = kind === "map" ? x.mul(w).plus(b).tanh() : x.tanh();
    const slope = new Precise(1).minus(t.mul(t)).mul(w).minus(1);
    const value = kind === "map" ? t.minus(x) : t.mul(w).plus(b).minus(x);
    if (slope.isZero()) return undefined;
    const step = value.div(slope);
    x = x.minus(step);
    if (step.abs().lt("1e-50")) return x;
  }
  return undefined;
}

const scalarMap = (w: number, b: number) =>
  buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[w]], bias: [b] });
const scalarFlow = (w: number, b: number) =>
  buildCell({ kind: "rate", time: "continuous", activation: "tanh", recurrent: [[w]], bias: [b] });

describe("certify", () => {
  test("its ball holds the root that 70 digits give, and its count of growing directions is the true one", () => {
    let certified = 0;
    fc.assert(
      fc.property(
        fc.constantFrom("map" as const, "flow" as const),
        // Multiples of 1e-6: Decimal's tanh loses its digits next to zero.
        fc.integer({ min: -4e6, max: 4e6 }).map((v) => v / 1e6),
        fc.integer({ min: -2e6, max: 2e6 }).map((v) => v / 1e6),
        fc.integer({ min: -3e6, max: 3e6 }).map((v) => v / 1e6),
        (kind, w, b, start) => {
          const root = preciseRoot(kind, w, b, start);
          if (!root) return;
          const cell = kind === "map" ? scalarMap(w, b) : scalarFlow(w, b);
          const c = certify(cell, [root.toNumber()]);
          expect(c.status).not.toBe("refuted");
          if (c.status !== "certified") return;
          certified++;
          expect(root.minus(c.state[0]).abs().lte(c.radius)).toBe(true);
          const t = kind === "map" ? root : root.tanh();
          const slope = new Precise(1).minus(t.mul(t)).mul(w);
          if (c.unstable !== null)
            expect(c.unstable === 1).toBe(kind === "map" ? slope.abs().gt(1) : slope.gt(1));
        },
      ),
      { ...seeded, numRuns: 120 },
    );
    expect(certified).toBeGreaterThan(100);
  });

  test("no second root lies where it says there is none", () => {
    // x = tanh(w x): roots 0 and +-r.
    for (const w of [1.0001, 1.01, 1.2, 2, 5, 20]) {
      const r = preciseRoot("map", w, 0, 1)!.toNumber();
      expect(r).toBeGreaterThan(0);
      for (const [state, other] of [
        [0, r],
        [r, r],
      ]) {
        const c = certify(scalarMap(w, 0), [state]);
        if (c.status === "certified") expect(c.uniqueWithin).toBeLessThan(other);
        else expect(w).toBeLessThan(1.001);
      }
    }
  });

  test("two roots a breadth apart around a fold are both certified or left undecided, never taken for one", () => {
    const w = 2;
    const t = Math.SQRT1_2; // w (1 - t^2) = 1
    const fold = Math.atanh(t) - w * t;
    let certifiedPairs = 0;
    for (const apart of [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9]) {
      // Near the fold G = eps - c (x - x0)^2 with c = w t (1 - t^2): roots sqrt(eps / c) to either side.
      const b = fold + w * t * (1 - t * t) * (apart / 2) ** 2;
      const cell = scalarFlow(w, b);
      const x0 = Math.atanh(t);
      const roots = [x0 - apart / 2, x0 + apart / 2].map((x) => preciseRoot("flow", w, b, x));
      const states = roots.map((root, i) => root?.toNumber() ?? x0 + (i - 0.5) * apart);
      const { certificates, same, distinct } = certifyAll(
        cell,
        states.map((s) => [s]),
        { within: apart / 4 },
      );
      expect(same).toEqual([]);
      certificates.forEach((c, i) => {
        if (c.status === "certified") expect(roots[i]!.minus(c.state[0]).abs().lte(c.radius)).toBe(true);
        else expect(c.status).toBe("undecided");
      });
      if (certificates.every((c) => c.status === "certified")) {
        expect(distinct).toBe(2);
        certifiedPairs++;
      }
    }
    expect(certifiedPairs).toBeGreaterThanOrEqual(3);
  });

  test("a state moved away from the point is refuted, and its empty ball does not reach the point", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom("vanilla" as const, "gru" as const, "lstm" as const, "rate" as const),
        fc.double({ min: -5, max: -1, noNaN: true }),
        (seed, kind, exponent) => {
          const cell = buildCell(randomSpec(kind, { units: 4, gain: 1.2 }, seed));
          const x = new Float64Array(cell.dimension);
          const c = certify(cell, x, { within: 3 });
          if (c.status !== "certified") return;
          const moved = c.state.map((v, i) => v + (i === 0 ? 10 ** exponent : 0));
          const d = certify(cell, moved);
          expect(d.status).not.toBe("certified");
          expect(d.radius).toBeLessThanOrEqual(10 ** exponent + c.radius);
        },
      ),
      seeded,
    );
  });

  test("degenerate points and continua stay undecided, with the obstacle named", () => {
    const critical = certify(scalarMap(1, 0), [0]);
    expect([critical.status, critical.reason]).toEqual([
      "undecided",
      "the derivative is singular to working precision: a degenerate point, or one of a continuum",
    ]);
    const line = buildCell({
      kind: "vanilla",
      activation: "linear",
      recurrent: [
        [1, 0],
        [0, 0.5],
      ],
    });
    expect(certify(line, [0.3, 0]).status).toBe("undecided");
  });

  test("counts the growing directions of the flip-flops as numpy does", async () => {
    for (const folder of flipflops) {
      const { cell } = await readWeights(join(folder, "weights.safetensors"));
      const truth = readStoredTensors(join(folder, "test.safetensors"));
      const count = truth["gt.zero.x"].shape[0];
      const list = certifyAll(cell, Float64Array.from(truth["gt.zero.x"].data));
      expect(list.certified).toBe(count);
      expect(list.distinct).toBe(count);
      expect(list.certificates.map((c) => c.unstable)).toEqual(
        Array.from(truth["gt.zero.n_unstable"].data, Number),
      );
    }
  });

  test("a triangular network has the growing directions of its diagonal, defective or not", () => {
    const rotation = buildCell({
      kind: "vanilla",
      activation: "linear",
      recurrent: [
        [0, -1.5, 1, 1],
        [1.5, 0, 1, 1],
        [0, 0, 0.5, 1],
        [0, 0, 0, -2],
      ],
    });
    expect(certify(rotation, [0, 0, 0, 0]).unstable).toBe(3);
    const flow = buildCell({
      kind: "rate",
      time: "continuous",
      activation: "linear",
      recurrent: [
        [2, 3],
        [0, 0.5],
      ],
    });
    expect(certify(flow, [0, 0]).unstable).toBe(1);
    const jordan = buildCell({
      kind: "vanilla",
      activation: "linear",
      recurrent: [
        [1.5, 1],
        [0, 1.5],
      ],
    });
    expect([2, null]).toContain(certify(jordan, [0, 0]).unstable);
  });

  test("tells a cycle from a point that only comes back", () => {
    const flip = scalarMap(-2, 0);
    const r = preciseRoot("map", 2, 0, 1)!.toNumber();
    expect(certify(flip, [r], { period: 2 })).toMatchObject({
      status: "certified",
      leastPeriod: 2,
      unstable: 0,
    });
    expect(certify(flip, [0], { period: 2 })).toMatchObject({
      status: "certified",
      leastPeriod: 1,
      unstable: 1,
    });
    expect(certify(flip, [r]).status).toBe("refuted");
    expect(certify(flip, [r], { period: 6 })).toMatchObject({ status: "certified", leastPeriod: 2 });
  });

  test("says how far a piecewise-linear point is from the next kink", () => {
    // z = 0.5 z - relu(z) + 1 -> z = 2/3 (argument of relu: z)
    const cell = buildCell({ kind: "plrnn", diagonal: [0.5], recurrent: [[-1]], bias: [1] });
    const c = certify(cell, [2 / 3]);
    expect(c.status).toBe("certified");
    expect(c.kinkDistance).toBeCloseTo(2 / 3, 10);
    const tanh = certify(scalarMap(2, 0), [0]);
    expect(tanh.kinkDistance).toBe(null);
    // z = relu-part only changes slope at 0: the fixed point 0 lies on the kink, is unique, and its stability is open.
    const kink = certify(buildCell({ kind: "plrnn", diagonal: [0.5], recurrent: [[2]] }), [0]);
    expect([kink.kinkDistance, kink.unstable]).toEqual([kink.status === "certified" ? 0 : null, null]);
  });

  test("a different order of the units changes nothing", () => {
    const spec = randomSpec("vanilla", { units: 5, gain: 1.4 }, 3) as VanillaSpec;
    const w = spec.recurrent as Float64Array;
    const order = [3, 1, 4, 0, 2];
    const permuted = buildCell({
      kind: "vanilla",
      activation: "tanh",
      recurrent: order.map((i) => order.map((j) => w[i * 5 + j])),
    });
    const x = new Float64Array(5);
    const a = certify(buildCell({ kind: "vanilla", activation: "tanh", recurrent: w }), x);
    const b = certify(permuted, x);
    expect([b.status, b.unstable]).toEqual([a.status, a.unstable]);
  });

  test("the input held is part of the claim", () => {
    const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[0.5]], input: [[1]] });
    expect(certify(cell, [0], { input: [0] }).status).toBe("certified");
    expect(certify(cell, [0], { input: [1] }).status).toBe("refuted");
  });

  test("what it cannot speak of is refused in one line", () => {
    const cell = scalarMap(2, 0);
    expect(() => certify(cell, [Number.NaN])).toThrow("certify: state[0] is NaN, expected a finite number");
    expect(() => certify(cell, [1, 2])).toThrow(
      "certify: state has length 2, expected 1 (the system's dimension)",
    );
    expect(() => certify(cell, [0], { input: [1] })).toThrow("certify: input has length 1, expected 0");
    expect(() => certify(cell, [0], { period: 0 })).toThrow("certify: period is 0");
    expect(() => certify(cell, [0], { within: -1 })).toThrow("certify: within is -1");
    expect(() => certify(scalarFlow(2, 0), [0], { period: 2 })).toThrow("system is a flow");
    const own = map({ dimension: 1, step: (x, out) => void (out[0] = x[0] / 2) });
    expect(() => certify(own, [0])).toThrow("certify: system does not show its equation");
    expect(
      certify(buildCell({ kind: "vanilla", activation: "linear", recurrent: [[1e300]] }), [1e300]).status,
    ).toBe("undecided");
  });

  test("a state at rest to the last bit is certified within rounding, and rounding is all it claims", () => {
    for (const seed of [1, 2, 3]) {
      const cell = buildCell(randomSpec("vanilla", { units: 20, gain: 0.9 }, seed));
      const c = certify(cell, new Float64Array(20));
      expect(c.status).toBe("certified");
      expect(c.radius).toBeLessThan(1e-12);
      const around = enclose(cell.spec, new Float64Array(0)).residual({ lower: c.state, upper: c.state });
      expect(around.lower.every((low, i) => low <= 0 && around.upper[i] >= 0)).toBe(true);
    }
  });
});

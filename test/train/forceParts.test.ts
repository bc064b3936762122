import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulate } from "../../src/analysis/simulate.js";
import { buildCell } from "../../src/cells/build.js";
import { createRandom } from "../../src/core/random.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";
import { createForceKernel, type ForceKernelChoice } from "../../src/train/createForceKernel.js";
import { trainForce } from "../../src/train/force.js";
import { bytesOfDoubles, bytesOfIntegers, type ForceKernel } from "../../src/train/forceKernel.js";
import { createForceNetwork } from "../../src/train/forceNetwork.js";
import { bytesOfLanes, createLanes } from "../../src/train/lanes.js";
import {
  bytesOfLearner,
  initialInverse,
  recursiveLeastSquares,
} from "../../src/train/recursiveLeastSquares.js";
import { runForce } from "../../src/train/runForce.js";
import { toDense, toSparse } from "../../src/train/sparse.js";
import { trainedSpec } from "../../src/train/trainedSpec.js";
import { sine, spm } from "./forceTasks.js";

const seeded = { seed: 17, numRuns: 60 };
const normals = (seed: number, length: number) => {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => random.normal());
};
const choices: readonly ForceKernelChoice[] = ["auto", "typescript"];
const roomy = 1 << 18;
/** A copy in the kernel's memory. */
const put = (kernel: ForceKernel, values: ArrayLike<number>) => {
  const own = kernel.doubles(values.length);
  own.set(values);
  return own;
};
const putIntegers = (kernel: ForceKernel, values: ArrayLike<number>) => {
  const own = kernel.integers(values.length);
  own.set(values);
  return own;
};
/** P in full from its packed lower triangle. */
const unpack = (n: number, p: Float64Array) =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return p[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)];
  });

describe.each(choices)("recursive least squares (%s)", (choice) => {
  const size = fc.record({
    n: fc.integer({ min: 1, max: 12 }),
    k: fc.integer({ min: 1, max: 3 }),
    updates: fc.integer({ min: 1, max: 30 }),
    alpha: fc.constantFrom(0.01, 1, 30),
    seed: fc.integer(),
  });

  test("shrinks every error by c in (0, 1], and keeps P positive definite", () => {
    fc.assert(
      fc.property(size, ({ n, k, updates, alpha, seed }) => {
        const kernel = createForceKernel(roomy, choice);
        const w = kernel.doubles(k * n);
        const learner = recursiveLeastSquares(kernel, n, k, initialInverse(n, alpha), w);
        const rates = put(kernel, normals(seed, updates * n).map(Math.tanh));
        const targets = normals(seed + 1, updates * k);
        const z = kernel.doubles(k);
        for (let t = 0; t < updates; t++) {
          const r = rates.subarray(t * n, (t + 1) * n);
          kernel.gemv(k, n, w, r, z);
          const before = z.map((each, l) => each - targets[t * k + l]);
          const c = learner.update(r, z, targets, t * k);
          expect(c).toBeGreaterThan(0);
          expect(c).toBeLessThanOrEqual(1);
          kernel.gemv(k, n, w, r, z);
          z.forEach((each, l) => {
            const after = each - targets[t * k + l];
            expect(Math.abs(after - c * before[l])).toBeLessThan(1e-12 * (1 + Math.abs(before[l])) * n);
            expect(Math.abs(after)).toBeLessThanOrEqual(Math.abs(before[l]) + 1e-13 * n);
          });
        }
        learner.settle();
        expect(typescriptKernel.cholesky(n, unpack(n, learner.inverse))).toBe(true);
      }),
      seeded,
    );
  });

  test("is ridge regression: P inverts alpha I + sum r r', w solves the normal equations", () => {
    fc.assert(
      fc.property(size, ({ n, k, updates, alpha, seed }) => {
        const kernel = createForceKernel(roomy, choice);
        const w = kernel.doubles(k * n);
        const learner = recursiveLeastSquares(kernel, n, k, initialInverse(n, alpha), w);
        const rates = put(kernel, normals(seed, updates * n));
        const targets = normals(seed + 1, updates * k);
        const z = kernel.doubles(k);
        const gram = new Float64Array(n * n);
        const right = new Float64Array(k * n);
        for (let i = 0; i < n; i++) gram[i * n + i] = alpha;
        for (let t = 0; t < updates; t++) {
          const r = rates.subarray(t * n, (t + 1) * n);
          kernel.gemv(k, n, w, r, z);
          learner.update(r, z, targets, t * k);
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) gram[i * n + j] += r[i] * r[j];
            for (let l = 0; l < k; l++) right[l * n + i] += targets[t * k + l] * r[i];
          }
        }
        learner.settle();
        const p = unpack(n, learner.inverse);
        const scale = Math.max(...gram) / alpha;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let product = 0;
            for (let q = 0; q < n; q++) product += p[i * n + q] * gram[q * n + j];
            expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-11 * scale);
          }
          for (let l = 0; l < k; l++) {
            let left = 0;
            for (let q = 0; q < n; q++) left += gram[i * n + q] * w[l * n + q];
            expect(Math.abs(left - right[l * n + i])).toBeLessThan(1e-10 * scale);
          }
        }
      }),
      seeded,
    );
  });

  test("learns nothing from a P that is not positive definite, nor from rates that are not finite", () => {
    const kernel = createForceKernel(roomy, choice);
    const w = kernel.doubles(2);
    const learner = recursiveLeastSquares(kernel, 2, 1, Float64Array.of(-1, 0, 1), w);
    const update = (r: number[]) => learner.update(put(kernel, r), put(kernel, [0]), Float64Array.of(1), 0);
    expect(update([1, 0])).toBe(0);
    expect(update([NaN, 0])).toBe(0);
    learner.settle();
    expect([...w, ...learner.inverse]).toEqual([0, 0, -1, 0, 1]);
  });
});

describe.each(choices)("the kernel (%s)", (choice) => {
  test("multiplies a sparse matrix as the dense one, column by column with the same bits at any width", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 23 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (n, density, seed) => {
          const random = createRandom(seed);
          const dense = Float64Array.from({ length: n * n }, () =>
            random.uniform() < density ? random.normal() : 0,
          );
          const { starts, columns, values } = toSparse(dense);
          const kernel = createForceKernel(roomy, choice);
          const x = normals(seed + 1, n);
          const rows = putIntegers(kernel, starts);
          const entries = put(kernel, values);
          const alone = new Float64Array(n);
          for (const width of [2, 4, 6, 8, 10]) {
            const wide = put(kernel, normals(seed + 2, n * width));
            const column = width - 1;
            for (let i = 0; i < n; i++) wide[i * width + column] = x[i];
            const out = put(kernel, new Float64Array(n * width).fill(NaN));
            const offsets = putIntegers(
              kernel,
              columns.map((c) => c * width),
            );
            kernel.sparseMultiply(n, width, rows, offsets, entries, wide, out);
            const mine = Float64Array.from({ length: n }, (_, i) => out[i * width + column]);
            if (width === 2) alone.set(mine);
            expect(mine).toEqual(alone);
            expect(out.every(Number.isFinite)).toBe(true);
          }
          for (let i = 0; i < n; i++) {
            let sum = 0;
            for (let j = 0; j < n; j++) sum += dense[i * n + j] * x[j];
            expect(Math.abs(sum - alone[i])).toBeLessThan(1e-12 * n);
          }
        },
      ),
      seeded,
    );
  });

  test("updates P and multiplies it as the full matrices would, for even and odd sizes", () => {
    for (let n = 1; n <= 17; n++) {
      const kernel = createForceKernel(roomy, choice);
      const p = put(kernel, normals(n, (n * (n + 1)) / 2));
      const full = unpack(n, p);
      const [k, r] = [put(kernel, normals(n + 20, n)), put(kernel, normals(n + 40, n))];
      const out = put(kernel, new Float64Array(n).fill(NaN));
      kernel.symmetricStep(n, p, 0.3, k, r, out);
      const after = unpack(n, p);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) {
          const entry = full[i * n + j] - 0.3 * k[i] * k[j];
          expect(Math.abs(after[i * n + j] - entry)).toBeLessThan(1e-14);
          sum += entry * r[j];
        }
        expect(Math.abs(out[i] - sum)).toBeLessThan(1e-13);
      }
    }
  });

  test("takes an Euler step as its formula says, in its own column only", () => {
    for (const [n, width, column] of [
      [1, 2, 0],
      [5, 2, 1],
      [8, 6, 3],
      [33, 8, 7],
    ]) {
      const kernel = createForceKernel(roomy, choice);
      const [product, panel] = [normals(1, n * width), normals(2, n * width)];
      const [weights, state] = [normals(3, 3 * n), normals(4, n)];
      const coefficients = [0.3, 0, -1.2];
      const after = { state: put(kernel, state), rates: kernel.doubles(n), panel: put(kernel, panel) };
      kernel.advance(
        n,
        width,
        column,
        put(kernel, product),
        1.3,
        put(kernel, coefficients),
        put(kernel, weights),
        0.1,
        kernel.doubles(n),
        after.state,
        after.rates,
        after.panel,
      );
      for (let i = 0; i < n; i++) {
        const sum = coefficients.reduce((total, c, l) => total + c * weights[l * n + i], 0);
        const drive = 1.3 * product[i * width + column] + sum;
        const x = state[i] + 0.1 * (drive - state[i]);
        expect(Math.abs(after.state[i] - x)).toBeLessThan(1e-15 * (1 + Math.abs(drive)) * 4);
        expect(Math.abs(after.rates[i] - Math.tanh(after.state[i]))).toBeLessThan(1e-15);
        panel[i * width + column] = after.rates[i];
      }
      expect(after.panel).toEqual(panel);
    }
  });

  test("says so when more is asked of its memory than was announced, and never needs more than that", () => {
    if (createForceKernel(64, choice).name !== "typescript") {
      const kernel = createForceKernel(64, choice);
      expect(() => kernel.doubles(20_000)).toThrow("asked for");
    }
    const shape = fc.record({
      units: fc.integer({ min: 1, max: 9 }),
      inputs: fc.integer({ min: 0, max: 3 }),
      outputs: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
      seeds: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(shape, ({ seeds, ...options }) => {
        const networks = seeds.map((seed) => createForceNetwork(options, seed));
        let asked = 0;
        const kernel: ForceKernel = {
          ...createForceKernel(roomy, choice),
          doubles: (length) => {
            asked += bytesOfDoubles(length);
            return new Float64Array(length);
          },
          integers: (length) => {
            asked += bytesOfIntegers(length);
            return new Int32Array(length);
          },
          tanh: () => {},
        };
        createLanes(networks, kernel);
        expect(asked).toBeLessThanOrEqual(bytesOfLanes(networks));
        asked = 0;
        recursiveLeastSquares(
          kernel,
          options.units,
          1,
          initialInverse(options.units, 1),
          new Float64Array(options.units),
        );
        expect(asked).toBeLessThanOrEqual(bytesOfLearner(options.units));
      }),
      seeded,
    );
  });
});

describe("a random network to be trained", () => {
  test("has exactly the density asked for, with entries of variance 1 / (density N)", () => {
    for (const density of [0, 0.1, 0.4, 0.73, 1]) {
      const { coupling } = createForceNetwork({ units: 100, density }, 9);
      const { values, starts, columns } = coupling;
      expect([values.length, starts[100]]).toEqual([Math.round(density * 10_000), values.length]);
      expect(values.every((v) => v !== 0)).toBe(true);
      expect(toSparse(toDense(coupling))).toEqual(coupling);
      if (density === 0) continue;
      const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
      expect(Math.abs(variance * density * 100 - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
      const share = columns.reduce((sum, c) => sum + (c < 50 ? 1 : 0), 0) / values.length;
      expect(Math.abs(share - 0.5)).toBeLessThan(2.5 / Math.sqrt(values.length));
    }
  });

  test("shares J, state and weight directions with others of its seed, whatever gain and divisors", () => {
    const a = createForceNetwork({ units: 30, gain: 0.8, feedbackDivisor: 40, inputDivisor: 50 }, 3);
    const b = createForceNetwork({ units: 30, gain: 1.5, feedbackDivisor: 1, inputDivisor: 1 }, 3);
    expect(b.coupling).toEqual(a.coupling);
    expect(b.initialState).toEqual(a.initialState);
    a.feedback.forEach((matrix, l) => {
      matrix.forEach((v, i) => {
        expect(v * 40).toBeCloseTo(b.feedback[l][i], 12);
      });
    });
    expect(createForceNetwork({ units: 30 }, 4).coupling).not.toEqual(a.coupling);
    expect(createForceNetwork({ units: 30, gain: 0.8 }, 3)).toEqual(a);
  });

  test("draws feedback, input and state from the normal or from the uniform on [-1, 1]", () => {
    const options = { units: 2000, density: 0.001, feedbackDivisor: 2, inputDivisor: 4 } as const;
    const spread = (v: Float64Array) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0) / v.length);
    for (const [distribution, sd] of [
      ["gauss", 1],
      ["uniform", 1 / Math.sqrt(3)],
    ] as const) {
      const { feedback, input, initialState } = createForceNetwork({ ...options, distribution }, 1);
      expect(spread(feedback[0]) * 2).toBeCloseTo(sd, 1);
      expect(spread(feedback[1]) * 2).toBeCloseTo(sd, 1);
      expect(spread(input) * 4).toBeCloseTo(sd, 1);
      expect(spread(initialState) * 10).toBeCloseTo(sd, 1);
      const most = Math.max(...input.map((v) => Math.abs(v * 4)));
      expect(most > 1).toBe(distribution === "gauss");
    }
  });

  test("refuses options out of range", () => {
    expect(() => createForceNetwork({ density: 1.2 }, 1)).toThrow("createForceNetwork: density is 1.2");
    expect(() => createForceNetwork({ feedbackDivisor: 0 }, 1)).toThrow("feedbackDivisor is 0");
    expect(() => createForceNetwork({ outputs: [] }, 1)).toThrow("at least one");
    expect(() => createForceNetwork({ unit: 3 } as object, 1)).toThrow("unknown option");
    expect(() => toSparse([1, 2, 3])).toThrow("toSparse: dense has 3 numbers");
  });
});

describe("a trained network", () => {
  const network = createForceNetwork(
    { units: 20, density: 0.5, gain: 1.2, feedbackDivisor: 2, inputDivisor: 3 },
    8,
  );
  const trained = trainForce(network, spm(2, 10, 10), { trials: 12 }).networks[0];

  test("as a cell moves, step by step, as the training's own simulation does", () => {
    const cell = buildCell(trainedSpec(network, trained));
    expect([cell.time, cell.dimension, cell.inputDimension, cell.outputDimension]).toEqual([
      "continuous",
      20,
      2,
      3,
    ]);
    expect(cell.initialState).toEqual(trained.state);
    const inputs = normals(5, 60 * 2);
    const runs = runForce(network, trained, { inputs, record: "all" });
    const { states } = simulate(cell, trained.state, { inputs, dt: network.dt, method: "euler" });
    expect(Math.max(...states.map((x, i) => Math.abs(x - runs.states[i])))).toBeLessThan(1e-10);
    const z = new Float64Array(3);
    for (let s = 0; s < 60; s++) {
      cell.readout(states.subarray(s * 20, (s + 1) * 20), new Float64Array(2), z);
      z.forEach((each, l) => {
        expect(Math.abs(each - runs.outputs[s * 3 + l])).toBeLessThan(1e-10);
      });
    }
    expect(runs.finalStates).toEqual(runs.states.slice(59 * 20));
  });

  test("shows g J alone before training", () => {
    const { recurrent, readout } = trainedSpec(network);
    expect(recurrent).toEqual(toDense(network.coupling).map((v) => 1.2 * v));
    expect((readout!.weight as Float64Array).every((w) => w === 0)).toBe(true);
  });

  test("runs from many states at once, each with the bits it has alone", () => {
    const starts = normals(6, 5 * 20);
    const inputs = normals(7, 5 * 9 * 2);
    const together = runForce(network, trained, { starts, inputs, steps: 9 });
    for (let b = 0; b < 5; b++) {
      const alone = runForce(network, trained, {
        starts: starts.slice(b * 20, (b + 1) * 20),
        inputs: inputs.slice(b * 18, (b + 1) * 18),
      });
      expect(alone.outputs).toEqual(together.outputs.slice(b * 27, (b + 1) * 27));
    }
    expect(together.outcomes).toEqual(new Array(5).fill("ok"));
    expect(runForce(network, trained, { starts, steps: 0 }).finalStates).toEqual(starts);
  });

  test("keeps making the sine it has learned, long after learning stopped", () => {
    const maker = createForceNetwork(
      { units: 100, density: 0.5, gain: 1.2, feedbackDivisor: 1, inputs: 0, outputs: [1] },
      4,
    );
    const { networks } = trainForce(maker, sine(600, 60), { trials: 8, updateEvery: 1, update: "all" });
    const { outputs } = runForce(maker, networks[0], { steps: 600 });
    const target = sine(600, 60)(8, 0).targets;
    const error = Math.sqrt(outputs.reduce((sum, z, s) => sum + (z - target[s]) ** 2, 0) / 600);
    expect(error).toBeLessThan(0.02);
  });

  test("refuses what does not fit", () => {
    expect(() => runForce(network, trained)).toThrow("neither steps nor inputs");
    expect(() => runForce(network, trained, { inputs: [[1, 2]], steps: 3 })).toThrow(
      "inputs has 1 rows, expected 3",
    );
    expect(() => runForce(network, { weights: new Float64Array(3) }, { steps: 1 })).toThrow(
      "trained.weights",
    );
    expect(() => trainedSpec(network, { weights: new Float64Array(3) })).toThrow(
      "trainedSpec: trained.weights",
    );
  });
});

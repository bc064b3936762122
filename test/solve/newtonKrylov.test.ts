import { describe, expect, test } from "vitest";
import { restProblem } from "../../src/analysis/restProblem.js";
import { buildCell } from "../../src/cells/build.js";
import { createRandom } from "../../src/core/random.js";
import { automatic } from "../../src/solve/automatic.js";
import { dogleg } from "../../src/solve/dogleg.js";
import { runFrom } from "../../src/solve/loop.js";
import { newtonKrylov } from "../../src/solve/newtonKrylov.js";
import { halfSquare, type Problem } from "../../src/solve/problem.js";
import { problemOf } from "./problems.js";

const limits = { tolerance: 1e-20, maxSteps: 300 };

/** A rate network of n units that remembers two orthogonal patterns, and how often each member was asked. */
function memoryNetwork(n: number, noise: number) {
  const random = createRandom(4);
  const patterns = [(i: number) => (i % 2 === 0 ? 1 : -1), (i: number) => (i % 4 < 2 ? 1 : -1)];
  const recurrent = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      recurrent[i * n + j] = (noise * random.normal()) / Math.sqrt(n);
      for (const pattern of patterns) recurrent[i * n + j] += (2 * pattern(i) * pattern(j)) / n;
    }
  const cell = buildCell({ kind: "rate", time: "continuous", activation: "tanh", recurrent });
  const rest = restProblem(cell, new Float64Array(0));
  const asked = { jacobian: 0, product: 0 };
  const problem: Problem = {
    ...rest,
    jacobian(x, out) {
      asked.jacobian++;
      rest.jacobian(x, out);
    },
    product(x, v, out) {
      asked.product++;
      rest.product!(x, v, out);
    },
  };
  const start = (k: number, scatter: number) =>
    Float64Array.from({ length: n }, (_, i) => patterns[k](i) + scatter * random.normal());
  return { problem, asked, start, patterns };
}

describe("Newton-Krylov", () => {
  test("recalls the memories of a large network without one Jacobian, to the rounding floor", () => {
    const n = 300;
    const { problem, asked, start, patterns } = memoryNetwork(n, 0);
    const stepper = newtonKrylov.prepare(problem);
    // Without noise the memory is pattern times a with a = 2 tanh(a).
    let a = 2;
    for (let k = 0; k < 200; k++) a = 2 * Math.tanh(a);
    for (const k of [0, 1]) {
      const end = runFrom(problem, stepper, start(k, 0.2), { tolerance: 1e-28, maxSteps: 50 });
      expect(end.reason).toBe("converged");
      for (let i = 0; i < n; i++) expect(Math.abs(end.x[i] - a * patterns[k](i))).toBeLessThan(1e-13);
    }
    expect(asked.jacobian).toBe(0);
    expect(asked.product).toBeLessThan(120);
  });

  test("ends where the dogleg ends, with noise in the weights", () => {
    const { problem, start } = memoryNetwork(60, 0.5);
    for (let trial = 0; trial < 10; trial++) {
      const x0 = start(trial % 2, 0.4);
      const krylov = runFrom(problem, newtonKrylov.prepare(problem), x0, limits);
      const dense = runFrom(problem, dogleg.prepare(problem), x0, limits);
      expect([krylov.reason, dense.reason]).toEqual(["converged", "converged"]);
      for (let i = 0; i < x0.length; i++) expect(Math.abs(krylov.x[i] - dense.x[i])).toBeLessThan(1e-8);
    }
  });

  test("without products it forms the Jacobian once per step and takes the same steps", () => {
    const { problem, asked, start } = memoryNetwork(50, 0.3);
    const { product: _, ...formed } = problem;
    const x0 = start(0, 0.4);
    const matrixFree = runFrom(problem, newtonKrylov.prepare(problem), x0, limits);
    const jacobians = asked.jacobian;
    const other = runFrom(formed, newtonKrylov.prepare(formed), x0, limits);
    expect(other.steps).toBe(matrixFree.steps);
    expect(asked.jacobian - jacobians).toBe(other.steps);
    for (let i = 0; i < x0.length; i++) expect(other.x[i]).toBeCloseTo(matrixFree.x[i], 10);
  });

  test("goes on with factorisations from the same state where products give no step", () => {
    // r_i = x_{i+1} - 1, cyclic: the Krylov spaces of a permutation are of no use before the n-th.
    const n = 80;
    let jacobians = 0;
    const cyclic: Problem = {
      dimension: n,
      residual: (x, out) => {
        for (let i = 0; i < n; i++) out[i] = x[(i + 1) % n] - (i === 0 ? 1 : 0);
      },
      jacobian: (_, out) => {
        jacobians++;
        out.fill(0);
        for (let i = 0; i < n; i++) out[i * n + ((i + 1) % n)] = 1;
      },
      pullback: (_, v, out) => {
        for (let i = 0; i < n; i++) out[(i + 1) % n] = v[i];
      },
      product: (_, v, out) => {
        for (let i = 0; i < n; i++) out[i] = v[(i + 1) % n];
      },
    };
    const end = runFrom(cyclic, newtonKrylov.prepare(cyclic), new Float64Array(n), limits);
    expect(end.reason).toBe("converged");
    expect(end.x[1]).toBeCloseTo(1, 12);
    expect(jacobians).toBeGreaterThan(0);
  });

  test("a zero far outside the first trust region is reached, q falling all the way", () => {
    const far = problemOf(
      2,
      ([x, y]) => [x - 1000, Math.atan(y - 3)],
      ([, y]) => [
        [1, 0],
        [0, 1 / (1 + (y - 3) ** 2)],
      ],
    );
    const stepper = newtonKrylov.prepare(far);
    stepper.start(Float64Array.of(0, 0));
    let q = stepper.iterate.q;
    for (let k = 0; k < 60 && stepper.iterate.q > 1e-20; k++) {
      stepper.step();
      expect(stepper.iterate.q).toBeLessThan(q);
      q = stepper.iterate.q;
    }
    expect([...stepper.iterate.x]).toEqual([expect.closeTo(1000, 8), expect.closeTo(3, 8)]);
    const r = new Float64Array(2);
    far.residual(stepper.iterate.x, r);
    expect(stepper.iterate.q).toBe(halfSquare(r));
  });
});

describe("the default method", () => {
  test.each([
    [255, true],
    [256, false],
  ])("with %i unknowns, factorises: %s", (n, factorises) => {
    const { problem, asked, start } = memoryNetwork(n, 0.3);
    expect(runFrom(problem, automatic.prepare(problem), start(0, 0.2), limits).reason).toBe("converged");
    expect(asked.jacobian > 0).toBe(factorises);
  });
});

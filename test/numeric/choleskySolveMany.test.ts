import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { choleskySolveMany } from "../../src/numeric/choleskySolveMany.js";
import { defaultKernel } from "../../src/numeric/defaultKernel.js";
import { typescriptKernel } from "../../src/numeric/typescript.js";

test("L L' X = B holds for every size and number of columns, with either kernel", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 17, 63, 64, 65, 129, 200),
      fc.integer({ min: 1, max: 9 }),
      fc.integer(),
      (n, columns, seed) => {
        const random = createRandom(seed);
        const l = new Float64Array(n * n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j <= i; j++) l[i * n + j] = i === j ? 1 + random.uniform() : random.normal() / n;
        const b = Float64Array.from({ length: n * columns }, () => random.normal());
        for (const kernel of [defaultKernel, typescriptKernel]) {
          const x = b.slice();
          // What is above the diagonal does not count.
          const spoilt = l.slice();
          for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) spoilt[i * n + j] = Number.NaN;
          choleskySolveMany(kernel, n, spoilt, columns, x);
          for (let c = 0; c < columns; c++) {
            const half = Float64Array.from({ length: n }, (_, k) => {
              let sum = 0;
              for (let i = k; i < n; i++) sum += l[i * n + k] * x[i * columns + c];
              return sum;
            });
            for (let i = 0; i < n; i++) {
              let sum = 0;
              for (let k = 0; k <= i; k++) sum += l[i * n + k] * half[k];
              expect(Math.abs(sum - b[i * columns + c])).toBeLessThan(1e-12 * n);
            }
          }
        }
      },
    ),
    { seed: 4, numRuns: 30 },
  );
});

import { readFileSync } from "node:fs";
import { EigenvalueDecomposition, LuDecomposition, Matrix } from "ml-matrix";
import { contender } from "../lib/measure.mjs";

const path = new URL("../../node_modules/ml-matrix/package.json", import.meta.url);

export function start() {
  return {
    about: { name: `ml-matrix ${JSON.parse(readFileSync(path, "utf8")).version}` },
    jobs: {
      eigen({ n, a }) {
        const matrix = matrixOf(n, n, a);
        const decompose = () => new EigenvalueDecomposition(matrix, { assumeSymmetric: false });
        let last;
        const result = () => {
          last ??= decompose();
          return {
            real: Float64Array.from(last.realEigenvalues),
            imaginary: Float64Array.from(last.imaginaryEigenvalues),
          };
        };
        return contender(
          () => {
            last = decompose();
          },
          { result },
        );
      },
      product({ m, n, k, a, b }) {
        const [left, right] = [matrixOf(m, k, a), matrixOf(k, n, b)];
        let last;
        return contender(
          () => {
            last = left.mmul(right);
          },
          { result: () => Float64Array.from((last ?? left.mmul(right)).to1DArray()) },
        );
      },
      solve({ n, a, b }) {
        const [matrix, right] = [matrixOf(n, n, a), matrixOf(n, 1, b)];
        const solve = () => new LuDecomposition(matrix).solve(right);
        return contender(solve, { result: () => Float64Array.from(solve().to1DArray()) });
      },
    },
  };
}

/** Finite entries only: with others its eigenvalue iteration does not end. */
function matrixOf(rows, columns, data) {
  if (!data.every(Number.isFinite)) throw new Error("the matrix is not finite");
  return Matrix.from1DArray(rows, columns, data);
}

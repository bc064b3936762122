import { formQ, reduceToHessenberg } from "./hessenberg.js";
import type { Kernel } from "./kernel.js";
import { quasiTriangularVectors } from "./quasiTriangularVectors.js";
import { realSchur } from "./schur.js";

/** Schur form and its eigenvectors in plain TypeScript. */
export const typescriptEigen: Pick<Kernel, "schur" | "quasiTriangularVectors"> = {
  schur(n, a, low, high, q, real, imaginary, sweeps) {
    const reflections = reduceToHessenberg(n, a, low, high, q !== undefined);
    if (q !== undefined) q.set(formQ(n, low, high, reflections));
    return realSchur(n, a, low, high, q, real, imaginary, sweeps);
  },
  quasiTriangularVectors(n, t, real, imaginary, tolerance, out) {
    out.set(quasiTriangularVectors(n, t, real, imaginary, tolerance));
  },
};

import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";
import { differenceInputJacobian } from "../systems/differentiate.js";

/** Complex numbers: real parts and imaginary parts apart. */
export interface ComplexArray {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** One mode of a linearisation, or a conjugate pair by its member with positive frequency. */
export interface Mode {
  /** Position of its eigenvalue in the list of eigenvalues. */
  readonly position: number;
  readonly eigenvalue: { readonly real: number; readonly imaginary: number };
  /** log lambda for a map, lambda for a flow. */
  readonly exponent: { readonly real: number; readonly imaginary: number };
  /** -1 / growth rate: see `Linearization.timeConstants`. */
  readonly timeConstant: number;
  /** Cycles per step or per unit of time: see `Linearization.frequencies`. */
  readonly frequency: number;
  /** Condition number of the eigenvalue. */
  readonly condition: number;
  /** Right eigenvector v, length D, unit norm: the direction the state moves along (of a line attractor, say). */
  readonly right: ComplexArray;
  /**
   * Left eigenvector w, length D, w^H v = 1: the selection vector. The mode's amplitude in a small deviation dx is
   * w^H dx (Mante et al. 2013).
   */
  readonly left: ComplexArray;
  /** w^H dF/du, length M: how much each input adds to the mode's amplitude. Absent when M = 0. */
  readonly inputGain?: ComplexArray;
}

/** What modes are described from: lists by position, vectors as D x k matrices. */
interface ModeTables {
  readonly dimension: number;
  readonly eigenvalues: ComplexArray;
  readonly exponents: readonly (readonly [number, number])[];
  readonly timeConstants: Float64Array;
  readonly frequencies: Float64Array;
  readonly conditionNumbers: Float64Array;
  readonly rightVectors: ComplexArray;
  readonly leftVectors: ComplexArray;
  readonly inputJacobian: Matrix | undefined;
}

/** The mode at a position of the tables. */
export function describeModes(tables: ModeTables): (position: number) => Mode {
  const { dimension: d, eigenvalues, exponents, inputJacobian } = tables;
  return (position) => {
    const right = column(d, tables.rightVectors, position);
    const left = column(d, tables.leftVectors, position);
    return {
      position,
      eigenvalue: { real: eigenvalues.real[position], imaginary: eigenvalues.imaginary[position] },
      exponent: { real: exponents[position][0], imaginary: exponents[position][1] },
      timeConstant: tables.timeConstants[position],
      frequency: tables.frequencies[position],
      condition: tables.conditionNumbers[position],
      right,
      left,
      ...(inputJacobian && { inputGain: gainOf(d, inputJacobian.length / d, left, inputJacobian) }),
    };
  };
}

/** dF/du at a state, by differences where the system does not offer it; undefined without inputs. */
export function inputJacobianOf(system: DynamicalSystem, x: Vector, u: Vector): Matrix | undefined {
  if (u.length === 0) return undefined;
  const out = new Float64Array(x.length * u.length);
  if (system.inputJacobian) system.inputJacobian(x, u, out);
  else differenceInputJacobian((at, v, value) => system.rule(at, v, value), x.length, x, u, out);
  return out;
}

/** Positions by the size of the growth rate, a pair once; ties keep the order of the eigenvalues. */
export function nearestNeutral(
  exponents: readonly (readonly [number, number])[],
  imaginary: Float64Array,
): number[] {
  return exponents
    .map((_, j) => j)
    .filter((j) => !(imaginary[j] < 0))
    .sort((i, j) => {
      const a = Math.abs(exponents[i][0]);
      const b = Math.abs(exponents[j][0]);
      return a === b ? i - j : a - b;
    });
}

function column(d: number, vectors: ComplexArray, j: number): ComplexArray {
  const width = vectors.real.length / d;
  return {
    real: Float64Array.from({ length: d }, (_, i) => vectors.real[i * width + j]),
    imaginary: Float64Array.from({ length: d }, (_, i) => vectors.imaginary[i * width + j]),
  };
}

/** w^H B. */
function gainOf(d: number, m: number, w: ComplexArray, b: Matrix): ComplexArray {
  const real = new Float64Array(m);
  const imaginary = new Float64Array(m);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < m; j++) {
      real[j] += w.real[i] * b[i * m + j];
      imaginary[j] -= w.imaginary[i] * b[i * m + j];
    }
  return { real, imaginary };
}

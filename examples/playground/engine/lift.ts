import type { Cell } from "rnn-dynamics";
import type { ReportFrame } from "rnn-dynamics/report";

/** One coordinate that a state should have: the axis by name, and how far along it. */
export interface Coordinate {
  readonly axis: string;
  readonly value: number;
}

/**
 * The state nearest to `base` that has the coordinates asked for: along principal axes, state variables, or outputs that
 * are linear in the state; kept inside the network's box.
 */
export function lift(
  cell: Cell,
  frame: ReportFrame,
  input: readonly number[],
  base: Float64Array,
  wanted: readonly Coordinate[],
): Float64Array {
  const u = Float64Array.from(input);
  const rows = wanted.map(({ axis }) => weights(cell, frame, u, base, axis));
  const missing = wanted.map(({ axis, value }) => value - coordinate(cell, frame, u, base, axis));
  // Least change: x = base + W' (W W')^-1 missing.
  const gram = rows.map((a) => rows.map((b) => a.reduce((sum, v, i) => sum + v * b[i], 0)));
  const amounts = solve(gram, missing);
  const x = base.map((v, i) => v + rows.reduce((sum, row, k) => sum + amounts[k] * row[i], 0));
  const box = cell.domain?.(u);
  return box ? x.map((v, i) => Math.min(box.upper[i], Math.max(box.lower[i], v))) : x;
}

function coordinate(cell: Cell, frame: ReportFrame, u: Float64Array, x: Float64Array, axis: string): number {
  const { kind, k } = partsOf(axis);
  if (kind === "pc") return frame.vectors[k].reduce((sum, v, i) => sum + v * (x[i] - frame.mean[i]), 0);
  if (kind === "x") return x[k];
  const out = new Float64Array(cell.outputDimension);
  cell.readout(x, u, out);
  return out[k];
}

function weights(
  cell: Cell,
  frame: ReportFrame,
  u: Float64Array,
  x: Float64Array,
  axis: string,
): Float64Array {
  const { kind, k } = partsOf(axis);
  if (kind === "pc") return frame.vectors[k];
  if (kind === "x") return x.map((_, i) => (i === k ? 1 : 0));
  const now = coordinate(cell, frame, u, x, axis);
  return x.map((_, i) => {
    const next = x.slice();
    next[i] += 1e-4;
    return (coordinate(cell, frame, u, next, axis) - now) / 1e-4;
  });
}

function partsOf(axis: string): { kind: string; k: number } {
  const [, kind, number] = /^([a-z]+)([0-9]+)$/.exec(axis)!;
  return { kind, k: Number(number) - 1 };
}

/** Gaussian elimination of a few equations; an axis that adds nothing gets zero. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i]]);
  const n = a.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k; i < n; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
    [a[k], a[pivot]] = [a[pivot], a[k]];
    if (Math.abs(a[k][k]) < 1e-12) continue;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i][k] / a[k][k];
      for (let j = k; j <= n; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return a.map((row, k) => (Math.abs(row[k]) < 1e-12 ? 0 : row[n] / row[k]));
}

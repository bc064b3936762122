import type { Cell } from "rnn-dynamics";

/** What a phase plane shows of a system of two variables. */
export interface PhasePlane {
  /** Pieces of the curves where the first and where the second variable rests: [x, y, x, y] each. */
  readonly nullclines: readonly [Float64Array, Float64Array];
  /** Arrows [x, y, dx, dy] of length 1 at most: where the state goes, longer where it goes faster. */
  readonly field: Float64Array;
}

/** A rectangle of the plane. */
export interface Window {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
}

const cells = 72;
const arrows = 17;

/** The residual on a grid: nullclines by marching squares, and a field of arrows. O(cells^2) rules. */
export function phasePlane(cell: Cell, input: readonly number[], window: Window): PhasePlane {
  const along = ([from, to]: readonly [number, number], share: number) => from + share * (to - from);
  const side = cells + 1;
  const corners = new Float64Array(2 * side * side);
  for (let k = 0; k < side * side; k++) {
    corners[2 * k] = along(window.x, (k % side) / cells);
    corners[2 * k + 1] = along(window.y, Math.floor(k / side) / cells);
  }
  const residuals = residualsAt(cell, input, corners);
  const values = [0, 1].map((k) =>
    Float64Array.from({ length: side * side }, (_, i) => residuals[2 * i + k]),
  );
  const nullclines = values.map((grid) => {
    const pieces = zeroSet(grid, side);
    for (let k = 0; k < pieces.length; k += 2) {
      pieces[k] = along(window.x, pieces[k] / cells);
      pieces[k + 1] = along(window.y, pieces[k + 1] / cells);
    }
    return pieces;
  }) as [Float64Array, Float64Array];

  const places = new Float64Array(2 * arrows * arrows);
  for (let k = 0; k < arrows * arrows; k++) {
    places[2 * k] = along(window.x, ((k % arrows) + 0.5) / arrows);
    places[2 * k + 1] = along(window.y, (Math.floor(k / arrows) + 0.5) / arrows);
  }
  const moves = residualsAt(cell, input, places);
  const field = new Float64Array(4 * arrows * arrows);
  let fastest = 0;
  for (let k = 0; k < arrows * arrows; k++) {
    field.set(places.subarray(2 * k, 2 * k + 2), 4 * k);
    field.set(moves.subarray(2 * k, 2 * k + 2), 4 * k + 2);
    fastest = Math.max(fastest, Math.hypot(moves[2 * k], moves[2 * k + 1]));
  }
  for (let k = 0; k < field.length; k += 4) {
    const speed = Math.hypot(field[k + 2], field[k + 3]);
    // The root, so that slow places still show a direction.
    const factor = speed > 0 ? Math.sqrt(speed / fastest) / speed : 0;
    field[k + 2] *= factor;
    field[k + 3] *= factor;
  }
  return { nullclines, field };
}

/** How the state moves at rows of states: the velocity of a flow, the step of a map. */
function residualsAt(cell: Cell, input: readonly number[], states: Float64Array): Float64Array {
  const count = states.length / cell.dimension;
  const inputs = Float64Array.from({ length: count * input.length }, (_, k) => input[k % input.length]);
  const out = new Float64Array(states.length);
  cell.ruleBatch(count, states, inputs, out);
  return cell.time === "discrete" ? out.map((v, k) => v - states[k]) : out;
}

/** Straight pieces along which a function on a square grid is zero, in units of the grid. Marching squares. */
function zeroSet(grid: Float64Array, side: number): Float64Array {
  const pieces: number[] = [];
  for (let j = 0; j + 1 < side; j++)
    for (let i = 0; i + 1 < side; i++) {
      // Corners in turn around the square, and where the sign changes between one and the next.
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ] as const;
      const crossings = corners.flatMap(([ax, ay], k) => {
        const [bx, by] = corners[(k + 1) % 4];
        const [a, b] = [grid[ay * side + ax], grid[by * side + bx]];
        if (a > 0 === b > 0 || !Number.isFinite(a - b)) return [];
        const share = a / (a - b);
        return [ax + share * (bx - ax), ay + share * (by - ay)];
      });
      if (crossings.length === 4 || crossings.length === 8) pieces.push(...crossings);
    }
  return Float64Array.from(pieces);
}

import type { Matrix, Vector } from "../core/system.js";
import type { ForceKernel } from "./forceKernel.js";
import type { ForceNetwork } from "./forceNetwork.js";
import { type SparseMatrix, sameMatrix } from "./sparse.js";

/** One network on its way; the arrays are views, changed by every step. */
export interface Lane {
  /** N. */
  readonly state: Vector;
  /** tanh of the state, N. */
  readonly rates: Vector;
  /** z of all learners, K. */
  readonly outputs: Vector;
  /** Readouts of all learners, K x N. */
  readonly weights: Matrix;
  /** u, M: what the next step sees; the caller's to fill. */
  readonly input: Vector;
  /** A lane at rest is carried along unchanged. */
  running: boolean;
}

/** Networks of one size, advanced together. */
export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Rates from states, after a state was set from outside. */
  refresh(): void;
  /** One Euler step of every running lane: state, then rates, then outputs. */
  step(): void;
}

/** Up to six lanes with one J: their rates side by side, so that an entry of J is loaded once for all. */
interface Panel {
  readonly lanes: readonly number[];
  readonly width: number;
  readonly coupling: SparseMatrix;
  readonly offsets: Int32Array;
  /** N x width. */
  readonly rates: Matrix;
  /** J times rates, N x width. */
  readonly product: Matrix;
}

/**
 * Sets networks side by side at their initial states, with zero readouts. Networks with equal J share one
 * product per step. The order of every sum is that of a network alone. A step is O(B (density N + K + M) N).
 */
export function createLanes(networks: readonly ForceNetwork[], kernel: ForceKernel): Lanes {
  const { units: n, inputs: m } = networks[0];
  const k = networks[0].outputs.reduce((sum, each) => sum + each, 0);
  const count = networks.length;
  const states = new Float64Array(count * n);
  const rates = new Float64Array(count * n);
  const lanes = networks.map(({ initialState }, b): Lane => {
    states.set(initialState, b * n);
    return {
      state: states.subarray(b * n, (b + 1) * n),
      rates: rates.subarray(b * n, (b + 1) * n),
      outputs: new Float64Array(k),
      weights: new Float64Array(k * n),
      input: new Float64Array(m),
      running: true,
    };
  });
  const panels = createPanels(networks);
  // Row l is column l of the feedback and input weights: both are added as whole rows.
  const feedback = networks.map((network) => columnsOf(n, network.feedback, network.outputs));
  const input = networks.map((network) => columnsOf(n, [network.input], [m]));
  const drive = new Float64Array(n);

  function refresh(): void {
    kernel.tanh(states, rates);
    for (const panel of panels)
      for (let p = 0; p < panel.lanes.length; p++)
        spread(n, lanes[panel.lanes[p]].rates, panel.rates, p, panel.width);
  }

  function step(): void {
    for (const { lanes: members, width, coupling, offsets, rates: from, product } of panels) {
      kernel.sparseMultiply(n, width, coupling.starts, offsets, coupling.values, from, product);
      for (let p = 0; p < members.length; p++) {
        const b = members[p];
        const lane = lanes[b];
        if (!lane.running) continue;
        const { gain, dt, tau } = networks[b];
        scaleColumn(n, gain, product, p, width, drive);
        for (let l = 0; l < k; l++) addRow(n, lane.outputs[l], feedback[b], l * n, drive);
        for (let l = 0; l < m; l++) if (lane.input[l] !== 0) addRow(n, lane.input[l], input[b], l * n, drive);
        approach(n, dt / tau, drive, lane.state);
      }
    }
    refresh();
    for (const lane of lanes) if (lane.running) kernel.gemv(k, n, lane.weights, lane.rates, lane.outputs);
  }

  refresh();
  return { lanes, refresh, step };
}

function createPanels(networks: readonly ForceNetwork[]): Panel[] {
  const groups: { coupling: SparseMatrix; members: number[] }[] = [];
  networks.forEach(({ coupling }, b) => {
    const group = groups.find((each) => sameMatrix(each.coupling, coupling));
    if (group) group.members.push(b);
    else groups.push({ coupling, members: [b] });
  });
  return groups.flatMap(({ coupling, members }) => {
    const offsetsFor = new Map<number, Int32Array>();
    const panels: Panel[] = [];
    for (let from = 0; from < members.length; ) {
      const lanes = members.slice(from, from + 6);
      const width = lanes.length > 4 ? 6 : lanes.length > 1 ? 4 : 1;
      const offsets = offsetsFor.get(width) ?? coupling.columns.map((column) => column * width);
      offsetsFor.set(width, offsets);
      const numbers = coupling.size * width;
      panels.push({
        lanes,
        width,
        coupling,
        offsets,
        rates: new Float64Array(numbers),
        product: new Float64Array(numbers),
      });
      from += lanes.length;
    }
    return panels;
  });
}

/** The columns of N x K_l matrices, one after the other, as the rows of one. */
function columnsOf(n: number, matrices: readonly Matrix[], widths: readonly number[]): Matrix {
  const rows = new Float64Array(matrices.reduce((sum, matrix) => sum + matrix.length, 0));
  let at = 0;
  matrices.forEach((matrix, q) => {
    for (let l = 0; l < widths[q]; l++) for (let i = 0; i < n; i++) rows[at++] = matrix[i * widths[q] + l];
  });
  return rows;
}

function spread(n: number, row: Vector, panel: Matrix, column: number, width: number): void {
  for (let i = 0, at = column; i < n; i++, at += width) panel[at] = row[i];
}

function scaleColumn(
  n: number,
  factor: number,
  panel: Matrix,
  column: number,
  width: number,
  out: Vector,
): void {
  for (let i = 0, at = column; i < n; i++, at += width) out[i] = factor * panel[at];
}

function addRow(n: number, factor: number, rows: Matrix, from: number, out: Vector): void {
  for (let i = 0; i < n; i++) out[i] += factor * rows[from + i];
}

function approach(n: number, rate: number, goal: Vector, x: Vector): void {
  for (let i = 0; i < n; i++) x[i] += rate * (goal[i] - x[i]);
}

import type { Matrix, Vector } from "../core/system.js";
import { bytesOfDoubles, bytesOfIntegers, type ForceKernel } from "./forceKernel.js";
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
  /** The lanes by the panels they are in. A panel does not need the others: each may be ahead of them. */
  readonly panels: readonly LanePanel[];
  /** Rates from states, after a state was set from outside. */
  refresh(): void;
}

/** Lanes that share one product per step. */
export interface LanePanel {
  /** Positions among all lanes. */
  readonly lanes: readonly number[];
  /** One Euler step of every running lane: state, then rates, then outputs. */
  step(): void;
}

/** Up to eight lanes with one J: their rates side by side, so that an entry of J is loaded once for all. */
interface Panel {
  readonly lanes: readonly number[];
  /** Even; a column more than lanes when they are odd. */
  readonly width: number;
  /** J, in the kernel's memory. */
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly values: Float64Array;
  /** N x width. */
  readonly rates: Matrix;
  /** J times rates, N x width. */
  readonly product: Matrix;
}

/** Lanes in one panel: with eight, the rates of N = 500 stay in a first-level cache. */
const panelLanes = 8;

/**
 * Sets networks side by side at their initial states, with zero readouts. Networks with equal J share one
 * product per step. The order of every sum is that of a network alone. A step is O(B (density N + K + M) N).
 *
 * @param shared - whether all lanes have one set of readouts: then `weights` is the same array in every lane
 */
export function createLanes(
  networks: readonly ForceNetwork[],
  kernel: ForceKernel,
  shared: "shared" | "own" = "own",
): Lanes {
  const { units: n, inputs: m } = networks[0];
  const k = outputsOf(networks[0]);
  const fixed = new Map<unknown, Matrix>();
  const common = shared === "shared" ? kernel.doubles(k * n) : undefined;
  const lanes = networks.map(({ initialState }) => {
    const coefficients = kernel.doubles(k + m);
    const state = kernel.doubles(n);
    state.set(initialState);
    return {
      state,
      rates: kernel.doubles(n),
      coefficients,
      outputs: coefficients.subarray(0, k),
      input: coefficients.subarray(k),
      weights: common ?? kernel.doubles(k * n),
      running: true,
    };
  });
  // Row l is column l of the feedback and input weights: both are added as whole rows.
  const fixedRows = networks.map(({ feedback, input, outputs }) => {
    const known = fixed.get(feedback);
    if (known && shared === "shared") return known;
    const rows = kernel.doubles((k + m) * n);
    rows.set(columnsOf(n, [...feedback, input], [...outputs, m]));
    fixed.set(feedback, rows);
    return rows;
  });
  const panels = createPanels(networks, kernel);
  const drive = kernel.doubles(n);

  function refresh(): void {
    for (const panel of panels)
      panel.lanes.forEach((b, p) => {
        const { state, rates } = lanes[b];
        kernel.tanh(state, rates);
        for (let i = 0, at = p; i < n; i++, at += panel.width) panel.rates[at] = rates[i];
      });
  }

  function step({ lanes: members, width, starts, offsets, values, rates: panel, product }: Panel): void {
    kernel.sparseMultiply(n, width, starts, offsets, values, panel, product);
    for (let p = 0; p < members.length; p++) {
      const b = members[p];
      const { running, coefficients, state, rates, weights, outputs } = lanes[b];
      if (!running) continue;
      const { gain, dt, tau } = networks[b];
      kernel.advance(
        n,
        width,
        p,
        product,
        gain,
        coefficients,
        fixedRows[b],
        dt / tau,
        drive,
        state,
        rates,
        panel,
      );
      kernel.gemv(k, n, weights, rates, outputs);
    }
  }

  refresh();
  return { lanes, panels: panels.map((panel) => ({ lanes: panel.lanes, step: () => step(panel) })), refresh };
}

/** Bytes of kernel memory that {@link createLanes} takes, at most. */
export function bytesOfLanes(networks: readonly ForceNetwork[]): number {
  const { units: n, inputs: m } = networks[0];
  const k = outputsOf(networks[0]);
  const perLane =
    bytesOfDoubles(k + m) + 2 * bytesOfDoubles(n) + bytesOfDoubles(k * n) + bytesOfDoubles((k + m) * n);
  let bytes = bytesOfDoubles(n) + bytesOfDoubles(k * n) + networks.length * perLane;
  for (const { coupling, members } of groupByCoupling(networks)) {
    const count = coupling.values.length;
    // Two widths of panel: full ones, and a rest.
    bytes += bytesOfIntegers(n + 1) + bytesOfDoubles(count) + 2 * bytesOfIntegers(count);
    bytes += 2 * bytesOfDoubles(n * (members.length + 1)) + 64 * Math.ceil(members.length / panelLanes);
  }
  return bytes;
}

/** K, over all learners. */
function outputsOf({ outputs }: ForceNetwork): number {
  return outputs.reduce((sum, each) => sum + each, 0);
}

function groupByCoupling(networks: readonly ForceNetwork[]): { coupling: SparseMatrix; members: number[] }[] {
  const groups: { coupling: SparseMatrix; members: number[] }[] = [];
  networks.forEach(({ coupling }, b) => {
    const group = groups.find((each) => sameMatrix(each.coupling, coupling));
    if (group) group.members.push(b);
    else groups.push({ coupling, members: [b] });
  });
  return groups;
}

function createPanels(networks: readonly ForceNetwork[], kernel: ForceKernel): Panel[] {
  return groupByCoupling(networks).flatMap(({ coupling, members }) => {
    const { size: n } = coupling;
    const starts = kernel.integers(n + 1);
    starts.set(coupling.starts);
    const values = kernel.doubles(coupling.values.length);
    values.set(coupling.values);
    const offsetsFor = new Map<number, Int32Array>();
    const panels: Panel[] = [];
    for (let from = 0; from < members.length; from += panelLanes) {
      const lanes = members.slice(from, from + panelLanes);
      const width = 2 * Math.ceil(lanes.length / 2);
      const offsets = offsetsFor.get(width) ?? kernel.integers(coupling.columns.length);
      for (let q = 0; q < offsets.length; q++) offsets[q] = coupling.columns[q] * width;
      offsetsFor.set(width, offsets);
      panels.push({
        lanes,
        width,
        starts,
        offsets,
        values,
        rates: kernel.doubles(n * width),
        product: kernel.doubles(n * width),
      });
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

/** The classifier on trained networks whose attractors are stored beside them (test/fixtures/flipflop/README.md). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classifyMechanism } from "../../src/analysis/mechanism.js";
import { simulate } from "../../src/analysis/simulate.js";
import type { Cell } from "../../src/cells/cell.js";
import { readWeights } from "../../src/io/readWeights.js";
import { readStoredTensors } from "../helpers/safetensors.js";

const fixtures = join(import.meta.dirname, "../fixtures/flipflop");
/** Read from beside the project, never copied into it; absent elsewhere, and then its test is skipped. */
const peer = join(import.meta.dirname, "../../../shared/nets/flipflop/peer_ff3_tanh16");

/** The eight memories: each bit set in turn by a pulse, a step of silence after it. */
function flipFlopMemories(cell: Cell) {
  const states: Float64Array[] = [];
  const labels: string[] = [];
  for (let k = 0; k < 8; k++) {
    const bits = [k & 1, k & 2, k & 4].map((bit) => (bit ? 1 : -1));
    const inputs = bits.flatMap((bit, channel) => [
      [0, 1, 2].map((c) => (c === channel ? bit : 0)),
      [0, 0, 0],
    ]);
    const { finalStates } = simulate(cell, Array.from(cell.initialState), { inputs, record: "final" });
    states.push(finalStates);
    labels.push(bits.map((bit) => (bit > 0 ? "+" : "-")).join(""));
  }
  const none = new Float64Array(3);
  const readout = (x: Float64Array) => {
    const out = new Float64Array(3);
    cell.readout(x, none, out);
    return out;
  };
  return { states, labels, readout };
}

describe("trained 3-bit flip-flops", () => {
  test.each(["ff3_tanh16", "ff3_gru16", "ff3_lstm16"])(
    "%s holds its eight memories at the eight stable points known to be there",
    async (name) => {
      const { cell } = await readWeights(join(fixtures, name, "weights.safetensors"));
      const truth = readStoredTensors(join(fixtures, name, "test.safetensors"));
      const { readout, ...memories } = flipFlopMemories(cell);
      const report = classifyMechanism(cell, memories, { delay: 20, readout, readoutTolerance: 0.5 });
      expect(report.label).toBe("direct-fixed-point");
      expect(report.confidence).toBeGreaterThan(0.9);
      expect(report.originalRule!.trialEnds.label).toBe("fixedPoint8");
      const x = truth["gt.zero.x"];
      const stable = Array.from(truth["gt.zero.n_unstable"].data).flatMap((u, i) => (u === 0 ? [i] : []));
      expect(stable.length).toBe(8);
      const width = cell.dimension;
      for (const i of stable) {
        const distance = Math.min(
          ...report.attractors.map((a) => Math.hypot(...a.state.map((v, d) => v - x.data[i * width + d]))),
        );
        expect(distance).toBeLessThan(1e-7);
      }
    },
  );

  test.skipIf(!existsSync(peer))(
    "the peer network, whose memory is eight orbits of two steps (skipped where it is absent)",
    async () => {
      const { cell } = await readWeights(join(peer, "weights.safetensors"));
      const { readout: _, ...memories } = flipFlopMemories(cell);
      const report = classifyMechanism(cell, memories, { delay: 20 });
      expect(report.label).toBe("limit-cycle");
      expect(report.attractors.map((a) => a.period)).toEqual(new Array(8).fill(2));
    },
  );
});

describe("a trained integrator", () => {
  test("five values along its line end on two points: a slow line within wells, never plain direct points", async () => {
    const { cell } = await readWeights(join(fixtures, "integ_tanh64_static", "weights.safetensors"));
    const truth = readStoredTensors(join(fixtures, "integ_tanh64_static", "test.safetensors"));
    const line = truth["manifold.x"].data;
    const at = (k: number) => line.slice(k * 64, (k + 1) * 64);
    const values = [4, 12, 20, 28, 36];
    const report = classifyMechanism(cell, { states: values.map(at), labels: values }, { delay: 25 });
    expect(report.attractors.length).toBe(2);
    const stable = truth["attr.zero.p1.x"];
    expect(stable.shape[0]).toBe(2);
    for (const a of report.attractors) {
      const distance = Math.min(
        ...[0, 1].map((k) => Math.hypot(...a.state.map((v, d) => v - stable.data[k * 64 + d]))),
      );
      expect(distance).toBeLessThan(1e-7);
    }
    expect(["mixed", "slow-manifold"]).toContain(report.label);
    // Its two ends alone have a point each, but so weak a pair that the label is borderline.
    const ends = { states: [at(4), at(36)], labels: ["low", "high"] };
    const pair = classifyMechanism(cell, ends, { delay: 25 });
    expect(pair.confidence).toBeLessThan(0.5);
    expect(pair.runnerUp).toBe("slow-manifold");
  });
});

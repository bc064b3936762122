import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findFixedPoints } from "../../src/analysis/fixedPoints.js";
import { linearize } from "../../src/analysis/linearize.js";
import type { Cell } from "../../src/cells/cell.js";
import { q } from "../../src/core/system.js";
import { inspectWeights, readWeights } from "../../src/io/index.js";
import { complaintOf, oracle, sharedNet } from "./helpers.js";

/** Networks trained by others, as their authors published them. All is skipped where the folder is absent. */
const folder = sharedNet("published");
const here = describe.skipIf(!folder);
const open = async (...parts: string[]) => (await readWeights(join(folder!, ...parts))).cell;

here("every published network opens, and steps as its authors' equation does in NumPy", () => {
  const steps: Record<string, { size: number; values: number[] }> = oracle("published");
  const files = (path: string): string[] =>
    readdirSync(join(folder!, path)).flatMap((name) => {
      const inner = join(path, name);
      return statSync(join(folder!, inner)).isDirectory() ? files(inner) : [inner];
    });

  test("no file is left out", () => {
    const networks = files("").filter((f) => !/params\.pkl$|README\.md$/.test(f));
    expect(networks.sort()).toEqual(Object.keys(steps).sort());
    expect(networks.length).toBe(56);
  });

  test.each(Object.entries(steps))("%s", async (path, { size, values }) => {
    const cell = await open(path);
    const madeUp = (length: number, shift: number) =>
      Float64Array.from({ length }, (_, i) => Math.sin(1 + shift + i));
    const [x, u] = [madeUp(cell.dimension, 0), madeUp(cell.inputDimension, 2)];
    let next = new Float64Array(cell.dimension);
    cell.rule(x, u, next);
    // The phase-limit-cycle equation is of all units, which the low-rank state stands for.
    if (size !== cell.dimension) {
      const lifted = new Float64Array(cell.units);
      cell.lift(next, u, lifted);
      next = lifted;
    }
    expect(next.length).toBe(size);
    const sum = next.reduce((a, b) => a + b, 0);
    const scale = 1 + next.reduce((a, b) => a + Math.abs(b), 0);
    for (const [i, v] of [next[0], next[size >> 1], next[size - 1], sum].entries())
      expect(Math.abs(v - values[i])).toBeLessThan(1e-13 * scale);
  });
});

/** The state after so many steps under a held input. */
function follow(cell: Cell, start: ArrayLike<number>, input: ArrayLike<number>, steps: number): Float64Array {
  let x = Float64Array.from(start);
  let next = x.slice();
  const u = Float64Array.from(input);
  for (let t = 0; t < steps; t++) {
    cell.rule(x, u, next);
    [x, next] = [next, x];
  }
  return x;
}

/** How near a trajectory comes to where it began within so many steps, after it was away, and when. */
function nearestReturn(
  cell: Cell,
  start: Float64Array,
  input: ArrayLike<number>,
  steps: number,
  away = 0,
): [distance: number, step: number] {
  let best: [number, number] = [Number.POSITIVE_INFINITY, 0];
  let wasAway = away === 0;
  let x = start.slice();
  let next = x.slice();
  const u = Float64Array.from(input);
  for (let t = 1; t <= steps; t++) {
    cell.rule(x, u, next);
    [x, next] = [next, x];
    const distance = x.reduce((most, v, i) => Math.max(most, Math.abs(v - start[i])), 0);
    if (distance > away) wasAway = true;
    if (wasAway && distance < best[0]) best = [distance, t];
  }
  return best;
}

const spread = (dimension: number, count: number, scale: number) =>
  Array.from({ length: count }, (_, k) =>
    Array.from({ length: dimension }, (_, i) => scale * Math.sin(1 + 7.3 * k * (i + 1) + 2.1 * i * k * k)),
  );

here("published networks do what is known of them", () => {
  test("phase-limit-cycle 0221: a relaxation cycle of about 1342 steps around the origin", async () => {
    const cell = await open("pals_phase_limit_cycle", "N512_T0221-113711_state_dict.pkl");
    const x = follow(cell, [0.3, 0.3], [0, 0, 0, 0, 0], 6000);
    const [distance, period] = nearestReturn(cell, x, new Float64Array(cell.inputDimension), 1500, 0.1);
    expect(distance).toBeLessThan(0.01);
    expect(Math.abs(period - 1342)).toBeLessThan(3);
    const { points } = findFixedPoints(cell, spread(2, 20, 2));
    expect(points.map((p) => [Math.hypot(...p.state) < 1e-6, p.stability === "stable"])).toEqual([
      [true, false],
    ]);
  });

  test.each(["141442", "151523", "151542"])(
    "phase-limit-cycle 0217-%s decays to the origin without its drive",
    async (name) => {
      const cell = await open("pals_phase_limit_cycle", `N512_T0217-${name}_state_dict.pkl`);
      expect(Math.hypot(...follow(cell, [0.3, 0.3], [0, 0, 0], 4000))).toBeLessThan(1e-12);
    },
  );

  test("phase-limit-cycle 1206 decays to the origin from near it, and has a second stable point", async () => {
    const cell = await open("pals_phase_limit_cycle", "N512_T1206-175730_state_dict.pkl");
    expect(Math.abs(follow(cell, [0.1], [0, 0, 0], 4000)[0])).toBeLessThan(1e-12);
    // NumPy, 60 000 steps of the same equation: 0.81694594.
    expect(follow(cell, [0.3], [0, 0, 0], 8000)[0]).toBeCloseTo(0.81694594, 7);
  });

  test("phase-limit-cycle N100: cycles of about 126 and 152 steps, in mirror pairs, and an unstable origin", async () => {
    const cell = await open("pals_phase_limit_cycle", "N100_T1208-100644_state_dict.pkl");
    const quiet = [0, 0, 0];
    const periods = [1, 2].map((s) => {
      const start = Float64Array.from({ length: 100 }, (_, i) => 2 * Math.sin(i * s + s - 1));
      const [x, mirror] = [start, start.map((v) => -v)].map((from) => follow(cell, from, quiet, 3000));
      expect(Math.max(...x.map((v, i) => Math.abs(v + mirror[i])))).toBeLessThan(1e-9);
      return nearestReturn(cell, x, quiet, 170, 1)[1];
    });
    expect(Math.abs(periods[0] - 126)).toBeLessThan(2);
    expect(Math.abs(periods[1] - 152)).toBeLessThan(2);
    expect(linearize(cell, new Float64Array(100)).stability).not.toBe("stable");
  });

  test("latent SW20: a stable point that only a basin of about 0.01 reaches, inside a large cycle", async () => {
    const cell = await open("pals_smc_rnns", "SW20_1000_new_state_dict_rnn.pkl");
    const { points } = findFixedPoints(cell, spread(2, 40, 5));
    expect(points.map((p) => p.stability)).toEqual(["stable"]);
    const [a, b] = points[0].state;
    const distance = (x: Float64Array) => Math.hypot(x[0] - a, x[1] - b);
    expect(distance(follow(cell, [a + 0.003, b], [], 5000))).toBeLessThan(1e-6);
    expect(distance(follow(cell, [a + 0.03, b], [], 5000))).toBeGreaterThan(0.1);
  });

  test("latent Sine_Poisson: a saddle far outside the data, beyond which states diverge", async () => {
    const cell = await open("pals_smc_rnns", "Sine_Poisson_state_dict_rnn.pkl");
    const { points } = findFixedPoints(cell, [...spread(2, 40, 3), ...spread(2, 40, 200)]);
    const saddle = points.find((p) => p.stability === "saddle")!;
    expect(Math.hypot(...saddle.state)).toBeGreaterThan(50);
    const from = (factor: number) =>
      Math.hypot(
        ...follow(
          cell,
          Array.from(saddle.state, (v) => factor * v),
          [],
          2000,
        ),
      );
    expect(from(0.98)).toBeLessThan(20);
    expect(from(1.02)).toBeGreaterThan(1e4);
  });

  test("latent EEG 17_12_34: many points", async () => {
    const cell = await open(
      "pals_smc_rnns",
      "EEG_Inv_Obs_LRRNN_Z_Date_32024_07_29_T_17_12_34_state_dict_rnn.pkl",
    );
    expect([cell.dimension, cell.units]).toEqual([3, 1024]);
    expect(findFixedPoints(cell, spread(3, 20, 2)).points.length).toBeGreaterThan(5);
  });

  test("RNN_MTL pred_dms 2210 in its delay: no stable point, a stable orbit of period 4", async () => {
    const cell = await open("eavesdropping", "pred_dms_rnn-mnm_2021-04-14-2210.data");
    const delay = [1, 0, 0, 0, 0, 0];
    const x = follow(cell, cell.initialState, delay, 3000);
    expect(nearestReturn(cell, x, delay, 3)[0]).toBeGreaterThan(0.1);
    expect(nearestReturn(cell, x, delay, 4)).toEqual([expect.closeTo(0, 9), 4]);
    const { points } = findFixedPoints(cell, spread(20, 20, 1), { input: delay });
    expect(points.length).toBeGreaterThan(0);
    expect(points.filter((p) => p.stability === "stable")).toEqual([]);
  });

  test("RNN_MTL trained on dms only are dead: weights of about 5e-5", async () => {
    const { spec } = await readWeights(
      join(folder!, "eavesdropping", "dms_only_rnn-mnm_2021-04-14-2210.data"),
    );
    const { recurrent } = spec as { recurrent: Float64Array };
    const norm = Math.hypot(...recurrent);
    expect(norm).toBeGreaterThan(1e-5);
    expect(norm).toBeLessThan(2e-4);
  });

  test("PLRNN Lorenz never settles, beside a stable point", async () => {
    const cell = await open("durstewitz_contplrnn", "LorenzPLRNN.mat");
    const x = follow(
      cell,
      Array.from({ length: 10 }, (_, i) => 0.5 * Math.cos(i)),
      [],
      20_000,
    );
    expect(Math.hypot(...x)).toBeLessThan(200);
    expect(nearestReturn(cell, x, [], 20_000)[0]).toBeGreaterThan(1e-3);
    const { points } = findFixedPoints(cell, spread(10, 40, 10));
    expect(points.some((p) => p.stability === "stable")).toBe(true);
    expect(points.some((p) => p.stability === "saddle")).toBe(true);
  });

  test("PLRNN van der Pol looks like a cycle of 133 steps and is one of 2135", async () => {
    const cell = await open("durstewitz_contplrnn", "ReproVanDerPol.mat");
    const x = follow(
      cell,
      Array.from({ length: 10 }, (_, i) => 0.5 * Math.cos(i)),
      [],
      50_000,
    );
    const [near, about] = nearestReturn(cell, x, [], 200, 1);
    expect([about, near > 1e-3]).toEqual([133, true]);
    expect(nearestReturn(cell, x, [], 2135)).toEqual([expect.closeTo(0, 9), 2135]);
  });

  test("PsychRNN settles in each context; what the file does not say is noted", async () => {
    const { cell, notes, recognised } = await readWeights(join(folder!, "psychrnn", "saved_weights.npz"));
    expect(recognised.by).toBe("PsychRNN");
    expect(notes.some((n) => n.includes('"dale_ratio" skipped'))).toBe(true);
    expect(notes.filter((n) => n.includes("assumed")).length).toBe(2);
    const x = follow(cell, cell.initialState, [1, 0], 3000);
    expect(q(cell, x, Float64Array.of(1, 0))).toBeLessThan(1e-20);
  });
});

here("what a published file needs beside it", () => {
  const weights = (...parts: string[]) => new Uint8Array(readFileSync(join(folder!, ...parts)));
  const low = ["pals_phase_limit_cycle", "N512_T0221-113711"] as const;
  const latent = ["pals_smc_rnns", "SW20_1000_new"] as const;

  test("without its parameters it is refused, with the candidates and what tells them apart", async () => {
    expect(
      await complaintOf(readWeights(weights(low[0], `${low[1]}_state_dict.pkl`), { name: "f.pkl" })),
    ).toMatch(
      /^f\.pkl: unknown network\. .*_params\.pkl.* It may be .*m n phi\(x\) \/ N.* or .*m n phi\(x\).*without 1\/N/,
    );
    expect(await complaintOf(readWeights(weights(latent[0], `${latent[1]}_state_dict_rnn.pkl`)))).toMatch(
      /parameter activation, in NAME_vae_params\.pkl.*relu\(m z \+ Wu u - h\).*relu\(m z \+ Wu u \+ h\) - relu.*tanh/,
    );
  });

  test("parameters given as bytes or as JSON do what those beside the file do", async () => {
    const beside = await readWeights(join(folder!, low[0], `${low[1]}_state_dict.pkl`));
    expect(beside.notes[0]).toBe(`Parameters from ${low[1]}_params.pkl, beside the weights.`);
    const bytes = weights(low[0], `${low[1]}_state_dict.pkl`);
    const json = {
      nonlinearity: "tanh",
      out_nonlinearity: "tanh",
      tau_lims: [20],
      dt: 2,
      "1overN_out_scaling": true,
    };
    for (const params of [
      weights(low[0], `${low[1]}_params.pkl`),
      new TextEncoder().encode(JSON.stringify(json)),
    ])
      expect((await readWeights(bytes, { params })).modelSpec).toEqual(beside.modelSpec);
    const rank = await complaintOf(
      readWeights(bytes, { params: weights(latent[0], `${latent[1]}_vae_params.pkl`) }),
    );
    expect(rank).toContain("unknown network");
  });

  test("two files of parameters beside the weights are an error that names both", async () => {
    const folderOfTwo = mkdtempSync(join(tmpdir(), "rnn-dynamics-params-"));
    try {
      for (const name of ["net_state_dict.pkl", "net_params.pkl", "net_vae_params.pkl"])
        writeFileSync(
          join(folderOfTwo, name),
          weights(low[0], `${low[1]}_${name.includes("state") ? "state_dict" : "params"}.pkl`),
        );
      expect(await complaintOf(readWeights(join(folderOfTwo, "net_state_dict.pkl")))).toContain(
        'both "net_params.pkl" and "net_vae_params.pkl" lie beside it',
      );
    } finally {
      rmSync(folderOfTwo, { recursive: true });
    }
  });

  test("inspect says what it is and what was taken as what, parameters beside it included", async () => {
    const { format, recognised, kind, tensors, notes } = await inspectWeights(
      join(folder!, latent[0], "hc2rank3_state_dict_rnn.pkl"),
    );
    expect([format, kind, recognised!.modelSpec && recognised!.by]).toEqual([
      "torch",
      "low-rank",
      "latent low-rank network, clipped relu",
    ]);
    const used = Object.fromEntries(tensors.map((t) => [t.name, t.usedAs]));
    expect(used["latent_step.AW"]).toEqual(["diagonal"]);
    expect(used["latent_step.m"]).toEqual(["left", "left"]);
    expect(used["observation.B"]).toEqual([]);
    expect(notes.join()).toContain("hc2rank3_vae_params.pkl, beside the weights");
  });
});

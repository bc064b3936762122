import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulate } from "../../../src/analysis/simulate.js";
import { buildCell } from "../../../src/cells/build.js";
import { createRandom } from "../../../src/core/random.js";
import {
  drawInput,
  drawRates,
  drawRecurrent,
  noiseOf,
  type ReservoirVariant,
  reservoirDefaults,
  reservoirSpec,
} from "../../../src/study/capacity/reservoir.js";
import { type ReservoirLane, runReservoirs } from "../../../src/study/capacity/runReservoirs.js";
import { itemInputs, itemStream } from "../../../src/tasks/itemStream.js";
import { toDense } from "../../../src/train/sparse.js";
import { systemLaws } from "../../laws/systemLaws.js";

const variants: ReservoirVariant[] = ["nma", "rate-ode", "leaky-esn", "linear"];

describe("as published: N 1000, g .95, gIn 10, sp .25, spIn .05, tau 20 ms, dt .1 ms", () => {
  test("are the defaults", () => {
    expect(reservoirDefaults).toEqual({
      variant: "nma",
      units: 1000,
      gain: 0.95,
      inputGain: 10,
      density: 0.25,
      inputDensity: 0.05,
      channels: 20,
      tau: 20,
      dt: 0.1,
    });
  });

  test("J and J_in have their densities, variances and scale: N in one, channels in the other", () => {
    const [n, channels] = [600, 20];
    const j = toDense(drawRecurrent(n, 0.25, 3));
    const input = drawInput(n, channels, 0.05, 3);
    const some = (a: Float64Array) => a.filter((v) => v !== 0);
    const variance = (a: Float64Array) => a.reduce((sum, v) => sum + v * v, 0) / a.length;
    expect(some(j).length / n ** 2).toBeCloseTo(0.25, 2);
    expect(variance(some(j)) * n * 0.25).toBeCloseTo(1, 1);
    expect(some(input).length / (n * channels)).toBeCloseTo(0.05, 2);
    expect(variance(some(input)) * channels * 0.05).toBeCloseTo(1, 0);
    expect(drawRates(n, 3).every((r) => r >= 0 && r < 0.1)).toBe(true);
  });

  test("one seed: a sparser J has some of the entries of a denser one, scaled", () => {
    const [sparse, dense] = [0.1, 0.5].map((density) => toDense(drawRecurrent(80, density, 9)));
    const factor = Math.sqrt(0.1 / 0.5);
    let there = 0;
    sparse.forEach((value, k) => {
      if (value === 0) return;
      there++;
      expect(value * factor).toBeCloseTo(dense[k], 14);
    });
    expect(there).toBeGreaterThan(500);
  });

  test("the spectral radius of J is about g", () => {
    const spec = reservoirSpec({ units: 300, variant: "leaky-esn", density: 1, gain: 0.9 }, 1);
    const cell = buildCell(spec);
    expect(cell.dimension).toBe(300);
    expect(cell.inputDimension).toBe(20);
  });
});

for (const variant of variants)
  systemLaws(`reservoir, ${variant}`, () =>
    buildCell(reservoirSpec({ variant, units: 7, channels: 3, inputDensity: 1, dt: 2 }, 4)),
  );

describe("a lock-step run", () => {
  const [n, channels] = [9, 3];
  const recurrent = drawRecurrent(n, 0.5, 1);
  const lanes = (count: number): ReservoirLane[] =>
    Array.from({ length: count }, (_, k) => ({
      gain: 0.5 + 0.1 * k,
      inputGain: 1 + k,
      input: drawInput(n, channels, 0.6, k),
      initialRates: drawRates(n, k),
      noise: k % 3 === 0 ? 0 : 0.1,
      random: noiseOf(k),
    }));
  const stream = itemStream({ items: 12, values: channels, dt: 1, burnIn: 3, interval: 1, duration: 2 }, 5);
  const shared = { tau: 5, dt: 1, recurrent, stream, sample: "every-step" } as const;

  test("gives the states of the ordinary cell under the same input", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ReservoirVariant>("nma", "leaky-esn", "linear"),
        fc.nat(99),
        (variant, seed) => {
          const options = {
            variant,
            units: n,
            gain: 1.2,
            inputGain: 3,
            density: 0.5,
            channels,
            tau: 5,
            dt: 1,
          };
          const { states } = runReservoirs({ ...shared, variant, recurrent: drawRecurrent(n, 0.5, seed) }, [
            {
              gain: 1.2,
              inputGain: 3,
              input: drawInput(n, channels, reservoirDefaults.inputDensity, seed),
              initialRates: drawRates(n, seed),
              noise: 0,
              random: createRandom(0),
            },
          ]);
          const cell = buildCell(reservoirSpec(options, seed));
          const { states: path } = simulate(cell, [[...drawRates(n, seed)]], {
            steps: stream.steps,
            inputs: itemInputs(stream),
          });
          let sample = 0;
          for (const start of stream.starts)
            for (let s = start; s < start + stream.shown; s++, sample++)
              for (let i = 0; i < n; i++) expect(states[0][sample * n + i]).toBeCloseTo(path[s * n + i], 12);
        },
      ),
      { seed: 2, numRuns: 12 },
    );
  });

  for (const variant of variants)
    test(`${variant}: a lane has the bits it has alone, whatever runs beside it, noise too`, () => {
      const together = runReservoirs({ ...shared, variant }, lanes(11)).states;
      lanes(11).forEach((_, k) => {
        const alone = runReservoirs({ ...shared, variant }, [lanes(11)[k]]).states[0];
        expect(alone).toEqual(together[k]);
      });
    });

  test("the two kernels agree", () => {
    for (const variant of variants) {
      const [a, b] = (["auto", "typescript"] as const).map(
        (kernel) => runReservoirs({ ...shared, variant, kernel }, lanes(3)).states,
      );
      a.forEach((states, k) => {
        states.forEach((value, i) => {
          expect(value).toBeCloseTo(b[k][i], 12);
        });
      });
    }
  });

  test("item ends are every last step of an item", () => {
    const every = runReservoirs({ ...shared, variant: "nma" }, lanes(2)).states;
    const ends = runReservoirs({ ...shared, variant: "nma", sample: "item-end" }, lanes(2)).states;
    ends.forEach((states, k) => {
      for (let i = 0; i < 12; i++)
        expect(states.slice(i * n, (i + 1) * n)).toEqual(every[k].slice((2 * i + 1) * n, (2 * i + 2) * n));
    });
  });

  test("noise has the size it says: alone, a linear leaky unit fluctuates with that standard deviation", () => {
    const still = itemStream({ items: 20_000, values: 2, dt: 1, burnIn: 100, duration: 1 }, 0);
    const { states } = runReservoirs(
      {
        variant: "linear",
        tau: 5,
        dt: 1,
        recurrent: drawRecurrent(4, 1, 0),
        stream: still,
        sample: "item-end",
      },
      [
        {
          gain: 0,
          inputGain: 0,
          input: new Float64Array(8),
          initialRates: new Float64Array(4),
          noise: 0.3,
          random: noiseOf(1),
        },
      ],
    );
    const variance = states[0].reduce((sum, x) => sum + x * x, 0) / states[0].length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.3, 2);
  });
});

test("alone, the published rule contracts like r -> tanh(r): r_n is about 1 / sqrt(1 / r0^2 + 2 n / 3)", () => {
  // From the specification: r0 = .9, n = 10 -> .351, n = 100 -> .1210.
  const cell = buildCell(reservoirSpec({ units: 1, gain: 0, inputGain: 0, dt: 1e-9, density: 1 }, 0));
  const { states } = simulate(cell, [[0.9]], { steps: 100 });
  expect(states[9]).toBeCloseTo(0.351, 3);
  expect(states[99]).toBeCloseTo(0.121, 4);
});

test("what cannot work is refused in one line", () => {
  for (const [options, message] of [
    [{ density: 0 }, "reservoirSpec: density is 0, expected a share above 0 (no weight would be left)"],
    [{ inputDensity: 1.5 }, /^reservoirSpec: inputDensity is 1.5/],
    [{ units: 0 }, /^reservoirSpec: units is 0/],
    [{ dt: 30 }, "reservoirSpec: dt is 30, expected at most tau = 20"],
    [{ gain: Number.NaN }, /^reservoirSpec: gain is NaN/],
    [{ variant: "esn" }, /^reservoirSpec: variant is "esn"/],
    [{ sparsity: 0.1 }, /^reservoirSpec: unknown option "sparsity"/],
  ] as const)
    expect(() => reservoirSpec(options as object)).toThrow(message);
});

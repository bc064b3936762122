/** Against numpy and scipy: test/oracles/capacity.py. */
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../src/core/random.js";
import { spearman } from "../../../src/study/capacity/capacitySummary.js";
import { decodeItems } from "../../../src/study/capacity/decodeItems.js";
import type { ReservoirVariant } from "../../../src/study/capacity/reservoir.js";
import { runReservoirs } from "../../../src/study/capacity/runReservoirs.js";
import { itemStream } from "../../../src/tasks/itemStream.js";
import { toSparse } from "../../../src/train/sparse.js";
import oracle from "../../oracles/capacity.json" with { type: "json" };

describe("the states at the ends of items are those of numpy", () => {
  const o = oracle.reservoir;
  const times = { dt: o.dt, burnIn: o.burnIn, interval: o.interval, duration: o.duration };
  const lane = {
    gain: o.gain,
    inputGain: o.inputGain,
    initialRates: Float64Array.from(o.initialRates),
    noise: 0,
    random: createRandom(0),
  };
  for (const [name, expected] of Object.entries(o.runs)) {
    const [variant, encoding] = name.split(" ") as [ReservoirVariant, "one-hot" | "magnitude"];
    for (const kernel of ["auto", "typescript"] as const)
      test(`${name}, ${kernel}`, () => {
        const stream = {
          ...itemStream({ ...times, encoding, values: o.channels, items: o.items.length }, 0),
          items: Int32Array.from(o.items),
        };
        const input = Float64Array.from(o.input).slice(0, stream.inputDimension * o.units);
        const { states } = runReservoirs(
          {
            variant,
            tau: o.tau,
            dt: o.dt,
            recurrent: toSparse(o.recurrent),
            stream,
            sample: "item-end",
            kernel,
          },
          [{ ...lane, input }],
        );
        // A step of Runge-Kutta is off by (dt / tau)^5 / 120 at most.
        const digits = variant === "rate-ode" ? 8 : 13;
        expected.flat().forEach((value, k) => {
          expect(states[0][k]).toBeCloseTo(value, digits);
        });
        expect(states[0].length).toBe(expected.flat().length);
      });
  }
});

test("ridge: penalties, correlation, accuracy, information and errors are those of numpy's normal equations", () => {
  const o = oracle.ridge;
  const rows = Array.from(o.labels, (_, t) => o.states.slice(t * o.width, (t + 1) * o.width));
  const { lags, baselines, features } = decodeItems(rows, o.labels, { decoder: "ridge", lags: [o.lag] });
  for (const name of [
    "correlation",
    "meanSquaredError",
    "accuracy",
    "rawInformation",
    "information",
  ] as const)
    expect(lags[0][name]).toBeCloseTo(o[name], 9);
  expect(lags[0].penalties).toEqual({ number: 10 ** o.numberPenalty, name: 10 ** o.namePenalty });
  expect(features.participationRatio).toBeCloseTo(o.participationRatio, 9);
  expect(baselines.constantError).toBeCloseTo(o.constantError, 9);
  expect(baselines.zeroError).toBeCloseTo(o.zeroError, 9);
});

test("Spearman's rho with ties is scipy's", () => {
  const { x, y, rho } = oracle.spearman;
  expect(spearman(x, y)).toBeCloseTo(rho, 12);
});

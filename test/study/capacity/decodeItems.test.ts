import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../src/core/random.js";
import { components } from "../../../src/study/capacity/components.js";
import { type DecoderName, decodeItems } from "../../../src/study/capacity/decodeItems.js";
import { pearson, scoresOf } from "../../../src/study/capacity/decodingScores.js";
import { createRecording } from "../../../src/study/capacity/recording.js";
import { splitSamples } from "../../../src/study/capacity/split.js";

const decoders: DecoderName[] = ["neural", "softmax", "ridge"];

/** Items, and a recording with a delay line of `depth` one-hot items, mixed and rotated. */
function delayLine(count: number, values: number, depth: number, seed: number) {
  const random = createRandom(seed);
  const items = Int32Array.from({ length: count }, () => 1 + random.integer(values));
  const width = depth * values;
  const mix = Float64Array.from({ length: width * width }, () => random.normal());
  const states = Array.from(items, (_, t) => {
    const row = new Float64Array(width);
    for (let lag = 0; lag < depth; lag++) {
      const at = lag * values + items[Math.max(0, t - lag)] - 1;
      for (let i = 0; i < width; i++) row[i] += mix[i * width + at];
    }
    return row;
  });
  return { items, states, width };
}

describe("a delay line of three items holds those three and nothing else", () => {
  const { items, states } = delayLine(1200, 4, 3, 1);
  for (const decoder of decoders)
    test(`${decoder}`, () => {
      const { lags, baselines, totalInformation } = decodeItems(states, items, {
        decoder,
        lags: [0, 1, 2, 3, 4],
        beyond: 20,
      });
      for (const { correlation, accuracy, information } of lags.slice(0, 3)) {
        expect(correlation).toBeGreaterThan(0.999);
        expect(accuracy).toBe(1);
        expect(information).toBeCloseTo(2, 1);
      }
      for (const { correlation, accuracy, information } of lags.slice(3)) {
        // 170 samples: standard deviations 0.08, 0.033.
        expect(Math.abs(correlation)).toBeLessThan(0.25);
        expect(Math.abs(accuracy - 0.25)).toBeLessThan(0.12);
        expect(information).toBeLessThan(0.1);
      }
      expect(totalInformation).toBeLessThan(6.2);
      expect(Math.abs(baselines.shuffled.correlation)).toBeLessThan(0.25);
      expect(Math.abs(baselines.beyond!.correlation)).toBeLessThan(0.25);
    });
});

test("two hidden layers read what no linear decoder can: an item told by a product of two signs", () => {
  const random = createRandom(8);
  const items = Int32Array.from({ length: 2000 }, () => 1 + random.integer(2));
  const states = Array.from(items, (item) => {
    const sign = random.uniform() < 0.5 ? 1 : -1;
    return [sign * (0.5 + random.uniform()), sign * (item === 1 ? 1 : -1) * (0.5 + random.uniform())];
  });
  const accuracy = (decoder: DecoderName) =>
    decodeItems(states, items, { decoder, lags: [0], inputNoise: [0.2] }).lags[0].accuracy;
  expect(accuracy("neural")).toBeGreaterThan(0.95);
  // A line cuts off one of four quadrants at best: 3 / 4.
  expect(accuracy("ridge")).toBeLessThan(0.8);
  expect(accuracy("softmax")).toBeLessThan(0.8);
});

test("it is trained to convergence: the validation loss has stopped falling, and never ends above the linear start", () => {
  const { items, states } = delayLine(900, 4, 2, 5);
  const noise = createRandom(3);
  const noisy = states.map((row) => row.map((x) => x + 2 * noise.normal()));
  const { lags } = decodeItems(noisy, items, { lags: [0, 1] });
  for (const { training } of lags) {
    expect(training!.outcome).toBe("converged");
    const losses = training!.curve.map(({ validation }) => validation);
    expect(losses.length).toBe(training!.epochs);
    const best = Math.min(...losses);
    if (training!.bestEpoch > 0) expect(losses[training!.bestEpoch - 1]).toBeLessThan(best + 2e-4);
    expect(losses.slice(training!.bestEpoch).every((loss) => loss > best - 1e-4)).toBe(true);
  }
});

test("constant features, copies of features and states that do not vary are handled and told", () => {
  const { items, states, width } = delayLine(600, 3, 1, 2);
  const padded = states.map((row) => [...row, 7, row[0], 0]);
  for (const decoder of decoders) {
    const { lags, features } = decodeItems(padded, items, { decoder, lags: [0] });
    expect(features).toMatchObject({ count: width + 3, constant: 2, singular: true });
    expect(lags[0].accuracy).toBe(1);
    const still = decodeItems(
      states.map(() => [1, 2]),
      items,
      { decoder, lags: [0, 1] },
    );
    expect(still.features).toMatchObject({ count: 2, constant: 2, participationRatio: 0 });
    for (const { correlation, meanSquaredError } of still.lags) {
      expect(correlation).toBe(0);
      expect(meanSquaredError).toBeLessThan(1.2 * still.baselines.constantError);
    }
  }
});

test("what the states are scaled by, or moved by, does not matter", () => {
  const { items, states } = delayLine(500, 3, 2, 7);
  const noise = createRandom(1);
  const noisy = states.map((row) => row.map((x) => x + noise.normal()));
  fc.assert(
    fc.property(
      fc.constantFrom(...decoders),
      fc.constantFrom(1e-6, 2 ** 10),
      fc.constantFrom(0, -3),
      (decoder, scale, shift) => {
        const options = { decoder, lags: [1], epochs: 3 };
        const plain = decodeItems(noisy, items, options).lags[0];
        const moved = decodeItems(
          noisy.map((row) => row.map((x) => scale * (x + shift))),
          items,
          options,
        ).lags[0];
        expect(moved.correlation).toBeCloseTo(plain.correlation, 6);
        expect(moved.accuracy).toBeCloseTo(plain.accuracy, 6);
      },
    ),
    { seed: 6, numRuns: 8 },
  );
});

test("the same seed gives the same bytes", () => {
  const { items, states } = delayLine(400, 3, 2, 9);
  const report = () => decodeItems(states, items, { lags: [0, 1], seed: 4, epochs: 5 });
  expect(report()).toEqual(report());
});

test("the parts are contiguous, in order, and a gap of the longest lag apart", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 5000 }), fc.integer({ min: 0, max: 8 }), (count, gap) => {
      const { training, validation, test: last } = splitSamples("x", count, [0.7, 0.15, 0.15], gap);
      expect(training.from).toBe(gap);
      expect(validation.from - training.to).toBe(gap);
      expect(last.from - validation.to).toBe(gap);
      expect(last.to).toBe(count);
    }),
    { seed: 3 },
  );
});

test("components are the leading principal directions: uncorrelated, in falling order, all the variance they can have", () => {
  const random = createRandom(2);
  const [count, n] = [400, 30];
  const states = Float64Array.from({ length: count * n }, (_, k) => random.normal() * 0.7 ** (k % n));
  const recording = createRecording(states, n, splitSamples("x", count, [0.8, 0.1, 0.1], 0));
  const { scores, count: kept } = components(recording, 6, 0);
  expect(kept).toBe(6);
  const { to } = recording.split.training;
  for (let a = 0; a < kept; a++)
    for (let b = 0; b < a; b++) {
      const column = (k: number) => Float64Array.from({ length: to }, (_, t) => scores[t * kept + k]);
      expect(Math.abs(pearson(column(a), column(b)))).toBeLessThan(1e-3);
    }
  let square = 0;
  for (let k = 0; k < to * kept; k++) square += scores[k] ** 2 / (to * kept);
  expect(square).toBeCloseTo(1, 10);
});

test("scores: naming at random carries no information, naming right carries all, a permuted name as much", () => {
  const random = createRandom(5);
  const truth = Int32Array.from({ length: 4000 }, () => 1 + random.integer(4));
  const votes = (named: (t: number) => number) => {
    const weights = new Float64Array(4 * truth.length);
    for (let t = 0; t < truth.length; t++) weights[4 * t + named(t) - 1] = 1;
    return scoresOf(
      truth,
      Float64Array.from(truth, (_, t) => named(t)),
      weights,
      4,
    );
  };
  expect(votes((t) => truth[t])).toMatchObject({ accuracy: 1, correlation: 1, meanSquaredError: 0 });
  const permuted = votes((t) => 1 + (truth[t] % 4));
  expect(permuted.accuracy).toBe(0);
  expect(permuted.information).toBeCloseTo(2, 2);
  const chance = votes(() => 1 + random.integer(4));
  expect(chance.rawInformation).toBeGreaterThan(0);
  expect(chance.information).toBeLessThan(0.004);
  expect(votes(() => 2).information).toBe(0);
  expect(votes(() => 2).correlation).toBe(0);
});

test("what cannot be decoded is refused in one line", () => {
  const { items, states } = delayLine(100, 3, 1, 0);
  for (const [rows, labels, options, message] of [
    [
      states,
      items,
      { lags: [100] },
      "decodeItems: a lag is 100, expected less than the 100 samples of the stream",
    ],
    [states, items, { lags: [40] }, /^decodeItems: 100 samples are too few/],
    [states, items, { lags: [] }, /^decodeItems: lags is an array of 0/],
    [states, items, { lags: [-1] }, /^decodeItems: a lag is -1/],
    [states.slice(1), items, {}, /^decodeItems: states has 99 rows, expected 100/],
    [states, [], {}, /^decodeItems: items is an array of 0/],
    [states, items.map((item) => item - 1), {}, /^decodeItems: items\[\d+\] is 0/],
    [states, items, { values: 2 }, /^decodeItems: items\[\d+\] is 3/],
    [
      states.map((row, t) => (t === 5 ? row.map(() => Number.NaN) : row)),
      items,
      {},
      /states\[?.*(finite|NaN)/,
    ],
    [
      states.map((row) => row.map((x) => 1e200 * (x + 1))),
      items,
      {},
      /^decodeItems: states has \d\S+, expected a size/,
    ],
    [states, items, { values: 5000 }, /^decodeItems: values is 5000, expected an integer in \[0, 4096\]/],
    [states, items, { decoder: "mlp" }, /^decodeItems: decoder is "mlp"/],
    [states, items, { split: [1, 0, 1] }, /^decodeItems: split has a share of 0/],
  ] as const)
    expect(() => decodeItems(rows as never, labels as never, options as never)).toThrow(message);
});

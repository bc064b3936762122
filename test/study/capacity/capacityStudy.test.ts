import { describe, expect, test } from "vitest";
import type { CapacityRow } from "../../../src/study/capacity/capacityRow.js";
import { capacityStudy } from "../../../src/study/capacity/capacityStudy.js";
import { capacitySummary, lagSummary, spearman } from "../../../src/study/capacity/capacitySummary.js";
import { capacityTable } from "../../../src/study/capacity/capacityTable.js";
import { gapOf, splitSamples } from "../../../src/study/capacity/split.js";
import { type CapacityStudyConfig, resolveCapacityStudy } from "../../../src/study/capacity/studyOptions.js";

const small: CapacityStudyConfig = {
  network: { units: 40, dt: 0.5 },
  stream: { items: 300, values: 4, burnIn: 5 },
  decoding: { decoders: { ridge: [0, 1, 2] }, beyond: 20 },
  sweeps: [{ gain: [0.5, 0.95, 1.5] }, { units: [5, 40], inputGain: [1, 10] }],
  seeds: [0, 1],
};
const rows = capacityStudy(small);

describe("capacityStudy", () => {
  test("has one row per point and seed, seeds outermost, the common point once", () => {
    expect(rows.map(({ point, seed }) => [seed, point.units, point.gain, point.inputGain])).toEqual(
      [0, 1].flatMap((seed) => [
        [seed, 40, 0.5, 10],
        [seed, 40, 0.95, 10],
        [seed, 40, 1.5, 10],
        [seed, 40, 0.95, 1],
        [seed, 5, 0.95, 1],
        [seed, 5, 0.95, 10],
      ]),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(12);
  });

  test("a row is plain data that survives JSON, and says what it was measured on", () => {
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    for (const { outcome, capacity, decoders, network, baselines } of rows) {
      expect(outcome).toBe("ok");
      expect(capacity).toBe(decoders[0].lags[1].correlation);
      expect(network.participationRatio).toBeGreaterThan(1);
      expect(baselines!.chanceAccuracy).toBe(0.25);
    }
  });

  test("goes on where it was: rows that are there are not made again, and the rest is the same", () => {
    for (const kept of [1, 5, 11]) {
      const there = rows.filter((_, k) => k % 12 < kept);
      const added: CapacityRow[] = [];
      const again = capacityStudy(small, { store: { rows: () => there, addRow: (row) => added.push(row) } });
      expect(again).toEqual(rows);
      expect(added.length).toBe(rows.length - there.length);
    }
  });

  test("shards together make the whole, each network once", () => {
    const parts = [1, 2, 3].flatMap((i) => capacityStudy(small, { shard: [i, 3] }));
    const byId = (a: CapacityRow, b: CapacityRow) => (a.id < b.id ? -1 : 1);
    expect([...parts].sort(byId)).toEqual([...rows].sort(byId));
  });

  test("rows of another configuration are not used; more points and seeds leave the digest alone", () => {
    const { study } = resolveCapacityStudy("x", small);
    expect(rows.every((row) => row.study === study)).toBe(true);
    expect(resolveCapacityStudy("x", { ...small, seeds: [0, 1, 2], sweeps: [{ gain: [1] }] }).study).toBe(
      study,
    );
    for (const other of [
      { ...small, stream: { ...small.stream, items: 301 } },
      { ...small, network: { ...small.network, dt: 0.25 } },
      { ...small, network: { ...small.network, variant: "linear" as const } },
      { ...small, decoding: { ...small.decoding, beyond: 21 } },
    ])
      expect(resolveCapacityStudy("x", other).study).not.toBe(study);
  });

  test("a network that overflows, one that no channel reaches and one without any drive have rows that say so", () => {
    const run = (network: object, sweeps: NonNullable<CapacityStudyConfig["sweeps"]>) =>
      capacityStudy({ ...small, network: { units: 6, dt: 0.5, ...network }, sweeps, seeds: [0] });
    const [wild] = run({ variant: "linear" }, [{ gain: [1e6] }]);
    expect(wild).toMatchObject({ outcome: "not-finite", capacity: 0, decoders: [], baselines: null });
    // At 15 to 40 the states are finite, their second or fourth powers are not: such networks are not "silent".
    for (const [gain, outcome] of [
      [5, "ok"],
      [15, "not-finite"],
      [20, "not-finite"],
      [40, "not-finite"],
    ] as const) {
      const [large] = run({ variant: "linear" }, [{ gain: [gain] }]);
      expect(large.outcome).toBe(outcome);
      expect(JSON.parse(JSON.stringify(large))).toEqual(large);
    }
    const [unreached] = run({ inputDensity: 1e-9 }, [{ gain: [0.5] }]);
    expect(unreached.network).toMatchObject({ deadChannels: 4, unitsWithoutInput: 6 });
    expect(Math.abs(unreached.capacity)).toBeLessThan(0.4);
    const [undriven] = run({}, [{ inputGain: [0] }]);
    expect(undriven.outcome).toBe("ok");
    expect(Math.abs(undriven.capacity)).toBeLessThan(0.4);
    const [silent] = run({ variant: "leaky-esn", tau: 0.5 }, [{ inputGain: [0], gain: [0] }]);
    expect(silent).toMatchObject({ outcome: "silent", capacity: 0 });
    expect(capacityTable([wild, unreached, silent]).split("\n").length).toBe(5);
  });

  test("where an item has several samples, none of its samples is in two parts", () => {
    for (const [longest, perItem] of [
      [0, 10],
      [3, 4],
      [7, 4],
    ]) {
      const {
        training,
        validation,
        test: last,
      } = splitSamples("x", 60 * perItem, [0.7, 0.15, 0.15], gapOf(longest, perItem));
      const itemOf = (t: number) => Math.floor(t / perItem);
      expect(itemOf(training.to - 1)).toBeLessThan(itemOf(validation.from));
      expect(itemOf(validation.to - 1)).toBeLessThan(itemOf(last.from));
      expect(validation.from - training.to).toBeGreaterThanOrEqual(longest);
    }
  });

  test("lags count steps where asked: the item shown stays the answer for as many steps as it lasts", () => {
    const [row] = capacityStudy({
      ...small,
      stream: { ...small.stream, items: 150, duration: 2 },
      decoding: { decoders: { ridge: [0, 3, 4, 8] }, lag: 0, unit: "steps", beyond: 40 },
      sweeps: [{ units: [40] }],
      seeds: [0],
    });
    const r = row.decoders[0].lags.map(({ correlation }) => correlation);
    expect(r[0]).toBeGreaterThan(r[2]);
    expect(r[1]).toBeGreaterThan(r[3]);
  });

  test("the search spends its budget on ever fewer candidates with ever more seeds, and finds a better setting", () => {
    const config: CapacityStudyConfig = {
      ...small,
      sweeps: [],
      seeds: [0, 1, 2],
      search: { over: { units: [2, 60], inputGain: [0.1, 30] }, budget: 24, seed: 3 },
    };
    const found = capacityStudy(config);
    expect(found.length).toBeLessThanOrEqual(24);
    expect(found.length).toBeGreaterThan(15);
    const perPoint = new Map<string, CapacityRow[]>();
    for (const row of found) {
      const key = JSON.stringify(row.point);
      perPoint.set(key, [...(perPoint.get(key) ?? []), row]);
    }
    const mean = (of: CapacityRow[]) => of.reduce((sum, { capacity }) => sum + capacity, 0) / of.length;
    const finalists = [...perPoint.values()].filter((of) => of.length === 3);
    expect(finalists.length).toBeGreaterThan(0);
    expect(finalists.length).toBeLessThan(perPoint.size / 2);
    expect(Math.max(...finalists.map(mean))).toBeGreaterThan(mean(found));
    expect(capacityStudy(config)).toEqual(found);
  });

  test("a configuration that cannot work is refused in one line", () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => i);
    for (const [part, message] of [
      [
        { stream: { interval: -1 } },
        "capacityStudy: stream: interval is -1, expected a finite number of at least 0",
      ],
      [
        { stream: { items: 1 } },
        /^capacityStudy: decoding: a lag is 20 items, expected less than the 1 of the stream/,
      ],
      [{ decoding: { decoders: { ridge: [0, 1, 400] } } }, /a lag is 400 items, expected less than the 300/],
      [
        { sweeps: [{ density: [0] }] },
        /^capacityStudy: sweeps\[0\].density: density is 0, expected a share above 0/,
      ],
      [
        { sweeps: [{ sparsity: [0.1] }] },
        /^capacityStudy: sweeps\[0\] has "sparsity", expected some of units, gain/,
      ],
      [{ sweeps: [{ gain: [1, 1] }] }, /expected each value once/],
      [{ sweeps: [{}] }, /^capacityStudy: sweeps\[0\] is/],
      [{ sweeps: [] }, "capacityStudy: has neither sweeps nor a search, expected one of them"],
      [{ seeds: [] }, /^capacityStudy: seeds is an array of 0/],
      [{ decoding: { decoders: { ridge: [0] } } }, /lag is 1, expected one of the lags of ridge/],
      [{ decoding: { decoders: { mlp: [1] } } }, /decoders is "mlp"/],
      [{ search: { over: { gain: [1, 1] } } }, /^capacityStudy: search: over.gain is/],
      [{ network: { dt: 30 } }, /dt is 30, expected at most tau = 20/],
      [{ network: { noise: -1 } }, /noise is -1/],
      [{ stream: { dt: 1 } }, /expected it in network/],
      [{ stream: null }, "capacityStudy: stream: options must be an object"],
      [{ stream: { items: 300, values: 5000 } }, /values is 5000, expected at most 4096/],
      [{ stream: { items: 30000 }, sweeps: [{ units: [20000] }] }, /30000 samples of 20000 units are/],
      [
        { sweeps: [{ gain: thousand, inputGain: thousand, noise: thousand }] },
        /^capacityStudy: sweeps\[0\] has 1000000 combinations or more, expected at most 100000/,
      ],
      [{ search: { over: { gain: [Symbol("low"), 1] } } }, /^capacityStudy: search: over.gain is/],
    ] as const)
      expect(() => capacityStudy({ ...small, ...(part as object) })).toThrow(message);
    expect(() => capacityStudy(small, { onRow: "print" as never })).toThrow(
      'capacityStudy: onRow is "print", expected a function',
    );
    expect(() => capacityStudy(small, { store: {} as never })).toThrow(/store.rows is undefined/);
  });
});

describe("capacitySummary", () => {
  /** Rows whose capacity is a given function of the point and the seed. */
  const made = (config: CapacityStudyConfig, capacity: (row: CapacityRow) => number) =>
    resolveCapacityStudy("x", config).groups.flatMap((group) =>
      group.rows.map((network) => {
        const row = { ...rows[0], ...network };
        return { ...row, capacity: capacity(row) };
      }),
    );
  const config = {
    ...small,
    sweeps: [{ gain: [0, 0.5, 1, 1.5, 2, 2.5] }],
    seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  };

  test("a capacity that rises with a parameter has rho 1 and a small p; one that does not depend on it has a large p", () => {
    const [rising] = capacitySummary(
      config,
      made(config, ({ point, seed }) => point.gain ** 3 + 0.01 * seed),
    );
    expect(rising.correlations[0]).toMatchObject({ parameter: "gain", rho: 1, low: 1, high: 1, points: 6 });
    // Two of 720 orders are as extreme: 1 / 360.
    expect(rising.correlations[0].p).toBeCloseTo(1 / 360, 2);
    const noise = (seed: number, gain: number) => Math.sin(1000 * (seed + 1) * (gain + 0.1));
    const [flat] = capacitySummary(
      config,
      made(config, ({ point, seed }) => noise(seed, point.gain)),
    );
    expect(flat.correlations[0].p).toBeGreaterThan(0.05);
    expect(flat.correlations[0].low).toBeLessThan(0);
    expect(flat.correlations[0].high).toBeGreaterThan(0);
  });

  test("intervals hold the mean, and shrink with agreement between seeds", () => {
    const spread = (size: number) =>
      capacitySummary(
        config,
        made(config, ({ seed, point }) => point.gain + size * (seed % 2 === 0 ? 1 : -1)),
      )[0].points;
    spread(0.1).forEach(({ low, mean, high, values }, k) => {
      expect(mean).toBeCloseTo(values.gain!, 12);
      expect(low).toBeLessThan(mean);
      expect(high).toBeGreaterThan(mean);
      const tight = spread(0.01)[k];
      expect(tight.high - tight.low).toBeCloseTo((high - low) / 10, 12);
    });
  });

  test("what is missing is left out: a point without rows, a seed that is not everywhere", () => {
    const all = made(config, ({ point, seed }) => point.gain + seed);
    const some = all.filter(({ point, seed }) => point.gain !== 1 && !(seed === 9 && point.gain > 1));
    const [{ points, correlations }] = capacitySummary(config, some);
    expect(points.map(({ seeds }) => seeds)).toEqual([10, 10, 9, 9, 9]);
    expect(correlations[0]).toMatchObject({ rho: 1, points: 5 });
  });

  test("rows of another configuration are refused, as is what is no row and no measure", () => {
    const other = { ...small, stream: { ...small.stream, items: 301 } };
    expect(() => capacitySummary(other, rows)).toThrow(
      /^capacitySummary: rows\[0\] is of study \w+, expected/,
    );
    expect(() => capacitySummary(small, [1] as never)).toThrow(/rows\[0\] must be a row of capacityStudy/);
    expect(() => capacitySummary(small, null as never)).toThrow(/rows must be a list of rows, got null/);
    expect(() => capacitySummary(small, rows, "r" as never)).toThrow(/measure is "r", expected a function/);
  });

  test("the lag is summarised at the centre, by decoder, over the seeds that are there", () => {
    const [{ decoder, points, correlations }] = lagSummary(small, rows);
    expect(decoder).toBe("ridge");
    expect(points.map(({ values, seeds }) => [values.lag, seeds])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
    const centre = rows.filter(({ id }) => id.startsWith("n40-g0.95-i10-"));
    points.forEach(({ mean }, lag) => {
      const own = centre.map(({ decoders }) => decoders[0].lags[lag].correlation);
      expect(mean).toBeCloseTo((own[0] + own[1]) / 2, 12);
    });
    expect(correlations[0]).toMatchObject({ parameter: "lag", points: 3 });
    expect(lagSummary({ ...small, network: { ...small.network, gain: 0.9 } }, rows)[0].points).toEqual([]);
    expect(() => lagSummary({ ...small, stream: { items: 301 } }, rows)).toThrow(/is of study/);
  });

  test("Spearman's rho sees order alone", () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBe(1);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    expect(spearman([1, 2, 3], [5, 5, 5])).toBe(0);
  });
});

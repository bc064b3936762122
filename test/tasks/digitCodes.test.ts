import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readTensors } from "../../src/io/index.js";
import { sequentialPatternMatching } from "../../src/tasks/sequentialPatternMatching.js";
import { readStoredTensors } from "../helpers/safetensors.js";
import { deviation, mean } from "./statistics.js";

const path = fileURLToPath(new URL("../../examples/digit-codes/codes.safetensors", import.meta.url));
const { tensors } = await readTensors(path);
const classes = ["digit0", "digit1"].map((name) => tensors.get(name)!);
const rowsOf = (data: Float64Array) =>
  Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i], data[2 * i + 1]] as const);
const points = classes.map(({ data }) => rowsOf(data));
const axes = points.map((rows) => [rows.map(([x]) => x), rows.map(([, y]) => y)]);
const means = axes.map((columns) => columns.map(mean));

describe("the stored codes of handwritten digits", () => {
  test("are a point in the plane for each of 1001 zeros and 1127 ones, in float32", () => {
    expect([...tensors.keys()]).toEqual(["digit0", "digit1"]);
    expect(classes.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[1001, 2], "F32"],
      [[1127, 2], "F32"],
    ]);
  });

  test("are read as the bytes of the file say", () => {
    const stored = readStoredTensors(path);
    for (const { name, data } of classes) expect(data).toEqual(stored[name].data);
  });

  test("are where the prior, a standard normal, lets them be, and no point comes twice", () => {
    for (const rows of points) {
      for (const row of rows) expect(Math.hypot(...row)).toBeLessThan(5);
      expect(new Set(rows.map(String)).size).toBe(rows.length);
    }
  });

  test("of one digit are far from those of the other: over 95 % are nearer to the mean of their own", () => {
    points.forEach((rows, digit) => {
      const gap = (row: readonly number[], to: number) =>
        Math.hypot(row[0] - means[to][0], row[1] - means[to][1]);
      const right = rows.filter((row) => gap(row, digit) < gap(row, 1 - digit)).length;
      expect(right / rows.length).toBeGreaterThan(0.95);
    });
  });

  test("spread in both directions: neither axis was lost in training", () => {
    for (const columns of axes)
      for (const column of columns) {
        expect(deviation(column)).toBeGreaterThan(0.3);
        expect(deviation(column)).toBeLessThan(1.5);
      }
  });
});

describe("sequential pattern matching with the stored codes", () => {
  const source = [classes[0].data, classes[1].data] as const;
  const { inputs, targets, labels, steps } = sequentialPatternMatching({ trainTrials: 60, source }, 5);
  const known = points.map((rows) => new Set(rows.map(String)));
  const shown = labels.flatMap(({ first, second }, k) => [
    ...rowsOf(inputs.slice(2 * k * steps, 2 * (k * steps + 100))).map((row) => [first, row] as const),
    ...rowsOf(inputs.slice(2 * (k * steps + 150), 2 * (k * steps + 250))).map(
      (row) => [second, row] as const,
    ),
  ]);

  test("shows codes of the digit its labels name, and no other point", () => {
    expect(shown.length).toBe(80 * 200);
    for (const [digit, row] of shown) expect(known[digit].has(String(row))).toBe(true);
  });

  test("shows nearly every code: 8000 draws miss one of 1127 with probability 0.0008", () => {
    for (const digit of [0, 1]) {
      const seen = new Set(shown.filter(([d]) => d === digit).map(([, row]) => String(row)));
      expect(seen.size).toBeGreaterThan(0.99 * points[digit].length);
    }
  });

  test("teaches the mean of the codes as the memory of a digit", () => {
    labels.forEach(({ first, second }, k) => {
      for (const [digit, step] of [
        [first, 120],
        [second, 270],
      ])
        for (const axis of [0, 1])
          expect(targets[3 * (k * steps + step) + 1 + axis]).toBeCloseTo(means[digit][axis], 12);
    });
  });
});

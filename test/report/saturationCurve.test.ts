import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { saturationCurve } from "../../src/report/saturationCurve.js";

/** Different points among all choices of m ends, on average: by trying all. */
function byChoices(ends: readonly number[], m: number): number {
  let sum = 0;
  let choices = 0;
  for (let set = 0; set < 2 ** ends.length; set++) {
    const chosen = ends.filter((_, i) => (set >> i) & 1);
    if (chosen.length !== m) continue;
    choices++;
    sum += new Set(chosen.filter((point) => point >= 0)).size;
  }
  return sum / choices;
}

describe("the saturation curve", () => {
  test("is the average over all choices of so many starts", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 9 }), (ends) => {
        const { starts, points } = saturationCurve(ends);
        expect(starts).toEqual(ends.map((_, i) => i + 1));
        starts.forEach((m, i) => {
          expect(points[i]).toBeCloseTo(byChoices(ends, m), 12);
        });
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  test("ends at the number of points, and its slope there is that of its last step", () => {
    const ends = Array.from({ length: 900 }, (_, i) => (i < 500 ? 0 : i < 890 ? i % 7 : 100 + i));
    const { starts, points, slope } = saturationCurve(ends);
    expect(starts.length).toBeLessThanOrEqual(122);
    expect([starts[0], starts.at(-1)]).toEqual([1, 900]);
    expect(points.at(-1)).toBeCloseTo(17, 9);
    expect(slope).toBe(10 / 900);
    expect(points.every((p, i) => i === 0 || p >= points[i - 1])).toBe(true);
    const all = saturationCurve(ends.slice(0, 100)).points;
    expect(all.at(-1)).toBe(1);
  });

  test("of no starts, or of starts that found nothing, is empty or flat", () => {
    expect(saturationCurve([])).toEqual({ starts: [], points: [], slope: 0 });
    expect(saturationCurve([-1, -1])).toEqual({ starts: [1, 2], points: [0, 0], slope: 0 });
  });
});

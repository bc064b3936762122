import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprint } from "../../src/study/fingerprint.js";

describe("fingerprint", () => {
  test("does not heed the order of keys, nor whether a list is typed", () => {
    expect(fingerprint({ a: 1, b: [1, 2] })).toBe(fingerprint({ b: Float64Array.of(1, 2), a: 1 }));
  });

  test("tells different data apart, and is the same for equal data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(fingerprint(structuredClone(a))).toBe(fingerprint(a));
        const same = JSON.stringify(a) === JSON.stringify(b);
        if (!same && Object(a) !== a) expect(fingerprint(a)).not.toBe(fingerprint(b));
      }),
      { seed: 3, numRuns: 200 },
    );
    const some = [{ a: 1 }, { a: 2 }, { b: 1 }, [1], ["1"], [[1]], "1", 1, null, true, [1, 2], [12], {}, []];
    expect(new Set(some.map(fingerprint)).size).toBe(some.length);
  });
});

import { expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { certify } from "../../src/proof/index.js";

test("the fixed point of a low-rank map with a diagonal is certified where tanh(k) = k / 2", () => {
  // k <- k / 2 + tanh(k), twice side by side, the second with another decay: tanh(k) = k / 4.
  const cell = buildCell({
    kind: "low-rank",
    time: "discrete",
    activation: "tanh",
    diagonal: [0.5, 0.75],
    left: [
      [1, 0],
      [0, 1],
    ],
    right: [
      [1, 0],
      [0, 1],
    ],
  });
  // SciPy's brentq of both equations.
  const certificate = certify(cell, [1.9150080481545375, 3.997302692060433]);
  expect(certificate.status).toBe("certified");
  expect(certificate.unstable).toBe(0);
  expect(certificate.radius).toBeLessThan(1e-13);
  expect(certify(cell, [1.9, 3.99]).status).not.toBe("certified");
});

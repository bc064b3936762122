import { expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { certify, findAllFixedPoints, toProof, verifyProof } from "../../src/proof/index.js";

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
  expect(certificate.radius).toBeLessThan(1e-12);
  expect(certify(cell, [1.9, 3.99]).status).not.toBe("certified");
});

test("its complete lists know the decays: as many points as the scalar equations have, checked by replay", () => {
  // Coordinate by coordinate: k (1 - a) = 1.5 tanh(k), three roots each where 1.5 > 1 - a, else one.
  for (const [diagonal, count] of [
    [[0.5, 0.75], 9],
    [[0.5, -0.9], 3],
    [[-0.6, -0.9], 1],
  ] as const) {
    const cell = buildCell({
      kind: "low-rank",
      time: "discrete",
      activation: "tanh",
      diagonal,
      left: [
        [1, 0],
        [0, 1],
      ],
      right: [
        [1.5, 0],
        [0, 1.5],
      ],
    });
    const list = findAllFixedPoints(cell);
    expect([list.proved, list.points.length]).toEqual([true, count]);
    const { failures, complete } = verifyProof(toProof(cell, list.points, { complete: list.proof }), cell);
    expect([failures, complete]).toEqual([[], "everywhere"]);
  }
});

import { buildCell } from "../../src/index.js";

/** The network that the playground shows first. */
export function competing() {
  const cell = buildCell({
    kind: "rate",
    time: "continuous",
    activation: "tanh",
    recurrent: [
      [2, -0.6],
      [-0.6, 2],
    ],
    input: [
      [1, 0],
      [0, 1],
    ],
  });
  return { cell };
}

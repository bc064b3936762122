/** Systems whose fixed points, cycles and exponents are known in closed form or from the literature. */
import type { DynamicalSystem } from "../../src/core/system.js";
import { flow, map } from "../../src/systems/custom.js";

/** `x' = mu x - x^3`: 0, and +-sqrt mu where mu > 0 (multipliers mu and -2 mu). */
export const pitchfork = (mu: number) =>
  flow({ dimension: 1, velocity: ([x]) => [mu * x - x ** 3], jacobian: ([x]) => [mu - 3 * x * x] });

/** `x' = mu x + x^3`: 0, and +-sqrt(-mu) where mu < 0 (unstable, exponent -2 mu). */
export const subcriticalPitchfork = (mu: number) =>
  flow({ dimension: 1, velocity: ([x]) => [mu * x + x ** 3], jacobian: ([x]) => [mu + 3 * x * x] });

/** `x <- x + x^2 + mu, y <- y / 2`: +-sqrt(-mu) where mu < 0; where mu > 0 a ghost at 0 of speed mu. */
export const saddleNode = (mu: number) =>
  map({
    dimension: 2,
    step: ([x, y]) => [x + x * x + mu, y / 2],
    jacobian: ([x]) => [
      [1 + 2 * x, 0],
      [0, 0.5],
    ],
  });

/** `x <- 1 - a x^2 + y, y <- b x`. */
export const henon = (a: number, b: number) =>
  map({
    dimension: 2,
    step: ([x, y]) => [1 - a * x * x + y, b * x],
    jacobian: ([x]) => [
      [-2 * a * x, 1],
      [b, 0],
    ],
  });

/** `x <- r x (1 - x)`. */
export const logistic = (r: number) =>
  map({ dimension: 1, step: ([x]) => [r * x * (1 - x)], jacobian: ([x]) => [r * (1 - 2 * x)] });

/** Duffing's double well, `x' = v, v' = x - x^3 - delta v`: a saddle at 0, wells at (+-1, 0). */
export const doubleWell = (delta: number) =>
  flow({
    dimension: 2,
    velocity: ([x, v]) => [v, x - x ** 3 - delta * v],
    jacobian: ([x]) => [
      [0, 1],
      [1 - 3 * x * x, -delta],
    ],
  });

export const lorenz = flow({
  dimension: 3,
  velocity: ([x, y, z]) => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z],
  jacobian: ([x, y, z]) => [
    [-10, 10, 0],
    [28 - z, -1, -x],
    [y, x, -8 / 3],
  ],
});

export const rossler = (c: number) =>
  flow({
    dimension: 3,
    velocity: ([x, y, z]) => [-y - z, x + 0.2 * y, 0.2 + z * (x - c)],
    jacobian: ([x, , z]) => [
      [0, -1, -1],
      [1, 0.2, 0],
      [z, 0, x - c],
    ],
  });

/** A circle that attracts (multiplier 1/2 across it), turned by `angle` per step. */
export const turning = (angle: number) =>
  map({
    dimension: 2,
    step: ([x, y]) => {
      const r = Math.hypot(x, y);
      const factor = (0.5 + 0.5 * r) / r;
      const [c, s] = [Math.cos(angle) * factor, Math.sin(angle) * factor];
      return [c * x - s * y, s * x + c * y];
    },
  });

/** `x <- factor * R(angle) x`. */
export const spiral = (factor: number, angle: number) => {
  const [c, s] = [factor * Math.cos(angle), factor * Math.sin(angle)];
  return map({
    dimension: 2,
    step: ([x, y]) => [c * x - s * y, s * x + c * y],
    jacobian: () => [c, -s, s, c],
  });
};

/** The system in coordinates `scale` times as large, and its time (a flow's) `1 / rate` times as fast. */
export function rescaled(system: DynamicalSystem, scale: number, rate = 1): DynamicalSystem {
  return {
    ...system,
    rule(x, u, out) {
      system.rule(
        x.map((v) => v / scale),
        u,
        out,
      );
      for (let i = 0; i < out.length; i++) out[i] *= scale * rate;
    },
    jacobian(x, u, out) {
      system.jacobian(
        x.map((v) => v / scale),
        u,
        out,
      );
      for (let i = 0; i < out.length; i++) out[i] *= rate;
    },
  };
}

/** Starts on a grid over [-size, size]^dimension. */
export function grid(dimension: number, size: number, perSide: number): Float64Array[] {
  const side = Array.from({ length: perSide }, (_, k) => -size + (2 * size * (k + 0.37)) / perSide);
  let rows: number[][] = [[]];
  for (let i = 0; i < dimension; i++) rows = rows.flatMap((r) => side.map((v) => [...r, v]));
  return rows.map((r) => Float64Array.from(r));
}

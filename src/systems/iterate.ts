import { checkInteger, fail } from "../core/check.js";
import type { DynamicalSystem, Matrix, Vector } from "../core/system.js";
import { addProduct, applyJacobian, applyTransposedJacobian } from "./chain.js";

/**
 * The n-th iterate of a map, `x <- F(F(... F(x)))` with the input held for all n steps. Its fixed points are
 * the points of the map's cycles whose period divides n.
 *
 * Jacobian by the chain rule, `J(x_{n-1}) ... J(x_0)`; product and pullback likewise, without the matrix
 * product. A box that holds the map's recurrent states holds the iterate's, and stays invariant.
 *
 * Throws for a flow (use `discretize` or `returnMap`) and for an `n` that is not an integer of at least 1.
 * Cost: n rules; Jacobian n Jacobians and O(n D^3); product and pullback O(n D^2) or n of the map's own.
 *
 * @example
 * ```ts
 * const logistic = map({ dimension: 1, step: ([x]) => [3.2 * x * (1 - x)] });
 * const out = new Float64Array(1);
 * iterate(logistic, 2).rule(Float64Array.of(0.5), new Float64Array(0), out);
 * out; // => [0.512]
 * ```
 */
export function iterate(map: DynamicalSystem, n: number): DynamicalSystem {
  if (map.time !== "discrete")
    fail("iterate", "system is a flow, expected a map; use discretize or returnMap");
  checkInteger("iterate", "n", n, 1);
  const { dimension: d, inputDimension: m, inputJacobian, ruleBatch, domain } = map;

  // One state per step, for the passes that need them again; matrices only once someone asks for one.
  const path = Array.from({ length: n }, () => new Float64Array(d));
  let square: { local: Matrix; spare: Matrix } | undefined;
  let wide: { carried: Matrix; direct: Matrix } | undefined;
  const scratch = () => (square ??= { local: new Float64Array(d * d), spare: new Float64Array(d * d) });
  const lend = () => scratch().local;
  let between = new Float64Array(0);
  const vectors = [new Float64Array(d), new Float64Array(d)];

  /** `path[k] = x_k`, the states before each of the n steps. */
  const walk = (x: Vector, u: Vector) => {
    path[0].set(x);
    for (let k = 1; k < n; k++) map.rule(path[k - 1], u, path[k]);
  };

  return {
    time: "discrete",
    dimension: d,
    inputDimension: m,
    rule(x, u, out) {
      walk(x, u);
      map.rule(path[n - 1], u, out);
    },
    jacobian(x, u, out) {
      walk(x, u);
      const { local, spare } = scratch();
      let current = n % 2 === 1 ? out : spare;
      let other = current === out ? spare : out;
      map.jacobian(path[0], u, current);
      for (let k = 1; k < n; k++) {
        map.jacobian(path[k], u, local);
        addProduct(d, d, local, current, undefined, other);
        [current, other] = [other, current];
      }
    },
    ...(inputJacobian && {
      inputJacobian(x: Vector, u: Vector, out: Matrix) {
        walk(x, u);
        const { local } = scratch();
        wide ??= { carried: new Float64Array(d * m), direct: new Float64Array(d * m) };
        const { carried, direct } = wide;
        inputJacobian.call(map, path[0], u, out);
        for (let k = 1; k < n; k++) {
          carried.set(out);
          map.jacobian(path[k], u, local);
          inputJacobian.call(map, path[k], u, direct);
          addProduct(d, m, local, carried, direct, out);
        }
      },
    }),
    product(x, u, v, out) {
      walk(x, u);
      let [current, other] = vectors;
      current.set(v);
      for (let k = 0; k < n; k++) {
        applyJacobian(map, path[k], u, current, other, lend);
        [current, other] = [other, current];
      }
      out.set(current);
    },
    pullback(x, u, v, out) {
      walk(x, u);
      let [current, other] = vectors;
      current.set(v);
      for (let k = n - 1; k >= 0; k--) {
        applyTransposedJacobian(map, path[k], u, current, other, lend);
        [current, other] = [other, current];
      }
      out.set(current);
    },
    ...(ruleBatch && {
      ruleBatch(count: number, states: Matrix, inputs: Matrix, out: Matrix) {
        if (between.length !== count * d && n > 1) between = new Float64Array(count * d);
        let current = n % 2 === 1 ? out : between;
        let other = current === out ? between : out;
        ruleBatch.call(map, count, states, inputs, current);
        for (let k = 1; k < n; k++) {
          ruleBatch.call(map, count, current, inputs, other);
          [current, other] = [other, current];
        }
      },
    }),
    ...(domain && { domain: (u: Vector) => domain.call(map, u) }),
  };
}

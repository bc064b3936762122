/**
 * The laws every dynamical system obeys, as one suite: call it inside a test file and it registers the tests.
 *
 *   systemLaws("a clamped network", () => withInput(cell, u), { scale: 2 });
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DynamicalSystem, residualJacobian, residualProduct } from "../../src/core/system.js";

export interface LawOptions<S extends DynamicalSystem = DynamicalSystem> {
  /** States are drawn from [-scale, scale]^D. Default 2. */
  readonly scale?: number;
  /** Inputs are drawn from [-inputScale, inputScale]^M. Default 2. */
  readonly inputScale?: number;
  /** Draws states instead of the cube, e.g. for a system that lives on a section. */
  readonly states?: fc.Arbitrary<Float64Array>;
  /** The rule has kinks: entries where the one-sided differences disagree are skipped. Default false. */
  readonly kinks?: boolean;
  /** Agreement of Jacobians with central differences, relative to 1 + max |J|. Default 1e-7. */
  readonly differenceTolerance?: number;
  /** Agreement of product, pullback and ruleBatch, relative to the size of what is summed. Default 1e-13. */
  readonly tolerance?: number;
  /** How far out of an invariant box the rule may step, relative to 1 + |bound|. Default 1e-15. */
  readonly boxTolerance?: number;
  /** Random states per law. Default 25. */
  readonly runs?: number;
  readonly seed?: number;
  /** Makes the same system again from a structured clone of what it carries; its rule must agree bit for bit. */
  readonly rebuild?: (system: S) => DynamicalSystem;
}

const defaults = {
  scale: 2,
  inputScale: 2,
  kinks: false,
  differenceTolerance: 1e-7,
  tolerance: 1e-13,
  boxTolerance: 1e-15,
  runs: 25,
  seed: 2013,
};

/** Registers the laws for the systems that `makeSystem` makes. */
export function systemLaws<S extends DynamicalSystem>(
  name: string,
  makeSystem: () => S,
  options: LawOptions<S> = {},
): void {
  const o = { ...defaults, ...options };
  // Uniform, with zeros and faces of the cube now and then.
  const entry = (size: number) =>
    fc
      .oneof(
        { weight: 15, arbitrary: fc.noBias(fc.integer({ min: -(2 ** 30), max: 2 ** 30 })) },
        { weight: 1, arbitrary: fc.constantFrom(0, -(2 ** 30), 2 ** 30) },
      )
      .map((k) => (k / 2 ** 30) * size);
  const cube = (size: number, length: number) =>
    fc
      .array(entry(size), { minLength: length, maxLength: length })
      .map((values) => Float64Array.from(values));

  /** Runs a law at random states and inputs of one system. */
  function everywhere(law: (system: S, x: Float64Array, u: Float64Array, v: Float64Array) => void) {
    const system = makeSystem();
    const d = system.dimension;
    const states = o.states ?? cube(o.scale, d);
    const inputs = cube(o.inputScale, system.inputDimension);
    fc.assert(
      fc.property(states, inputs, cube(1, d), (x, u, v) => law(system, x, u, v)),
      { numRuns: o.runs, seed: o.seed },
    );
  }

  describe(`${name} obeys the laws of a system`, () => {
    const sample = makeSystem();
    const d = sample.dimension;
    const m = sample.inputDimension;

    test("its dimensions are whole and its time is of a known kind", () => {
      expect(Number.isInteger(d) && d >= 1).toBe(true);
      expect(Number.isInteger(m) && m >= 0).toBe(true);
      expect(["discrete", "continuous"]).toContain(sample.time);
    });

    test("its Jacobian agrees with central differences", () => {
      let checked = 0;
      let skipped = 0;
      everywhere((system, x, u) => {
        const jacobian = new Float64Array(d * d);
        system.jacobian(x, u, jacobian);
        const count = compareDifferences(o, d, d, x, jacobian, (at, out) => system.rule(at, u, out));
        checked += count.checked;
        skipped += count.skipped;
      });
      expect(checked).toBeGreaterThan(skipped);
    });

    when(sample.inputJacobian && m > 0)("its input Jacobian agrees with central differences", () => {
      let checked = 0;
      let skipped = 0;
      everywhere((system, x, u) => {
        const jacobian = new Float64Array(d * m);
        system.inputJacobian!(x, u, jacobian);
        const count = compareDifferences(o, d, m, u, jacobian, (at, out) => system.rule(x, at, out));
        checked += count.checked;
        skipped += count.skipped;
      });
      expect(checked).toBeGreaterThan(skipped);
    });

    when(sample.product)("its product is the Jacobian times the vector", () => {
      everywhere((system, x, u, v) => {
        const jacobian = new Float64Array(d * d);
        const out = new Float64Array(d);
        system.jacobian(x, u, jacobian);
        system.product!(x, u, v, out);
        for (let i = 0; i < d; i++) {
          let sum = 0;
          let size = 0;
          for (let j = 0; j < d; j++) {
            const term = jacobian[i * d + j] * v[j];
            sum += term;
            size += Math.abs(term);
          }
          expectNear(out[i], sum, o.tolerance * (1 + size + largest(jacobian)), `entry ${i}`);
        }
      });
    });

    when(sample.product)("its product is the derivative of the rule along the vector", () => {
      let checked = 0;
      let skipped = 0;
      everywhere((system, x, u, v) => {
        const out = new Float64Array(d);
        system.product!(x, u, v, out);
        const along = (at: Float64Array, value: Float64Array) =>
          system.rule(
            x.map((xi, i) => xi + at[0] * v[i]),
            u,
            value,
          );
        const count = compareDifferences(o, d, 1, new Float64Array(1), out, along);
        checked += count.checked;
        skipped += count.skipped;
      });
      expect(checked).toBeGreaterThan(skipped);
    });

    when(sample.product)("the product of its residual is the residual's Jacobian times the vector", () => {
      everywhere((system, x, u, v) => {
        const jacobian = new Float64Array(d * d);
        const [out, formed] = [new Float64Array(d), new Float64Array(d)];
        residualJacobian(system, x, u, jacobian);
        residualProduct(system, x, u, v, out);
        residualProduct({ ...system, product: undefined } as unknown as DynamicalSystem, x, u, v, formed);
        for (let i = 0; i < d; i++) {
          let sum = 0;
          for (let j = 0; j < d; j++) sum += jacobian[i * d + j] * v[j];
          const tolerance = o.tolerance * d * (1 + largest(jacobian));
          expectNear(out[i], sum, tolerance, `entry ${i}`);
          expectNear(formed[i], sum, tolerance, `entry ${i} by the Jacobian`);
        }
      });
    });

    when(sample.pullback)("its pullback is the transposed Jacobian times the vector", () => {
      everywhere((system, x, u, v) => {
        const jacobian = new Float64Array(d * d);
        const out = new Float64Array(d);
        system.jacobian(x, u, jacobian);
        system.pullback!(x, u, v, out);
        for (let j = 0; j < d; j++) {
          let sum = 0;
          let size = 0;
          for (let i = 0; i < d; i++) {
            const term = jacobian[i * d + j] * v[i];
            sum += term;
            size += Math.abs(term);
          }
          expectNear(out[j], sum, o.tolerance * (1 + size + largest(jacobian)), `entry ${j}`);
        }
      });
    });

    test("every member overwrites all of out, whatever it held", () => {
      everywhere((system, x, u, v) => {
        for (const { member, out } of calls(system, x, u, v, Number.NaN)) {
          const bad = out.findIndex((value) => !Number.isFinite(value));
          if (bad >= 0) throw new Error(`${member} left out[${bad}] at ${out[bad]}`);
        }
      });
    });

    test("no member changes the state, the input or the vector it is given", () => {
      everywhere((system, x, u, v) => {
        const before = [x, u, v].map((array) => Array.from(array));
        calls(system, x, u, v, 0);
        if (system.domain) system.domain(u);
        expect([x, u, v].map((array) => Array.from(array))).toEqual(before);
      });
    });

    test("two calls agree bit for bit, with calls at another state in between", () => {
      everywhere((system, x, u, v) => {
        const first = calls(system, x, u, v, 0);
        const [elsewhere, held] = [x, u].map((array) => array.map((value, i) => 0.3 * value - 0.1 * i));
        calls(system, elsewhere, held, v, 0);
        const second = calls(system, x, u, v, 7);
        const fresh = calls(makeSystem(), x, u, v, 0);
        for (const [i, { member, out }] of first.entries()) {
          expect(Array.from(second[i].out), member).toEqual(Array.from(out));
          expect(Array.from(fresh[i].out), `${member} of a second instance`).toEqual(Array.from(out));
        }
      });
    });

    when(sample.ruleBatch)("ruleBatch agrees with rule, row by row", () => {
      const system = makeSystem();
      const rows = fc.array(fc.tuple(o.states ?? cube(o.scale, d), cube(o.inputScale, m)), {
        minLength: 0,
        maxLength: 7,
      });
      fc.assert(
        fc.property(rows, (pairs) => {
          const states = Float64Array.from(pairs.flatMap(([x]) => Array.from(x)));
          const inputs = Float64Array.from(pairs.flatMap(([, u]) => Array.from(u)));
          const copies = [states.slice(), inputs.slice()];
          const out = new Float64Array(pairs.length * d).fill(Number.NaN);
          system.ruleBatch!(pairs.length, states, inputs, out);
          expect([states, inputs]).toEqual(copies);
          const row = new Float64Array(d);
          for (const [s, [x, u]] of pairs.entries()) {
            system.rule(x, u, row);
            for (let i = 0; i < d; i++)
              expectNear(out[s * d + i], row[i], o.tolerance * (1 + largest(row)), `row ${s}, entry ${i}`);
          }
        }),
        { numRuns: o.runs, seed: o.seed },
      );
    });

    when(sample.domain)("its box is ordered, and an invariant box is finite", () => {
      everywhere((system, _, u) => {
        const { lower, upper, invariant } = system.domain!(u);
        expect([lower.length, upper.length]).toEqual([d, d]);
        for (let i = 0; i < d; i++) expect(lower[i]).toBeLessThanOrEqual(upper[i]);
        if (invariant) expect([...lower, ...upper].every(Number.isFinite)).toBe(true);
      });
    });

    when(sample.domain)("an invariant box is mapped into itself, or entered on every face", () => {
      const system = makeSystem();
      const weights = fc.array(fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: d,
        maxLength: d,
      });
      fc.assert(
        fc.property(weights, cube(o.inputScale, m), (place, u) => {
          const { lower, upper, invariant } = system.domain!(u);
          if (!invariant) return;
          const x = lower.map((low, i) =>
            place[i] === 0 ? low : place[i] === 1 ? upper[i] : low + place[i] * (upper[i] - low),
          );
          const out = new Float64Array(d);
          system.rule(x, u, out);
          for (let i = 0; i < d; i++) {
            const slack = o.boxTolerance * (1 + Math.max(Math.abs(lower[i]), Math.abs(upper[i])));
            const [low, high] =
              system.time === "discrete"
                ? [lower[i], upper[i]]
                : [x[i] === lower[i] ? 0 : -Infinity, x[i] === upper[i] ? 0 : Infinity];
            if (lower[i] === upper[i] && system.time === "continuous") continue;
            if (!(out[i] >= low - slack && out[i] <= high + slack))
              throw new Error(`entry ${i} goes to ${out[i]}, out of [${low}, ${high}]`);
          }
        }),
        { numRuns: 4 * o.runs, seed: o.seed },
      );
    });

    when(options.rebuild)("a structured clone of what it carries makes the same system again", () => {
      everywhere((system, x, u, v) => {
        const [here, there] = [system, options.rebuild!(system)].map((s) =>
          calls(s, x, u, v, 0).map(({ member, out }) => [member, Array.from(out)]),
        );
        expect(there).toEqual(here);
      });
    });
  });
}

/** Registers a law only for systems it speaks about. */
function when(applies: unknown): (title: string, law: () => void) => void {
  return applies ? test : () => {};
}

/** Calls every member that writes an `out`, each into an array filled with `fill`. */
function calls(system: DynamicalSystem, x: Float64Array, u: Float64Array, v: Float64Array, fill: number) {
  const d = system.dimension;
  const done: { member: string; out: Float64Array }[] = [];
  const call = (member: string, size: number, write: (out: Float64Array) => void) => {
    const out = new Float64Array(size).fill(fill);
    write(out);
    done.push({ member, out });
  };
  call("rule", d, (out) => system.rule(x, u, out));
  call("jacobian", d * d, (out) => system.jacobian(x, u, out));
  if (system.inputJacobian)
    call("inputJacobian", d * system.inputDimension, (out) => system.inputJacobian!(x, u, out));
  if (system.product) call("product", d, (out) => system.product!(x, u, v, out));
  if (system.pullback) call("pullback", d, (out) => system.pullback!(x, u, v, out));
  if (system.ruleBatch) call("ruleBatch", d, (out) => system.ruleBatch!(1, x, u, out));
  return done;
}

/** Compares a rows x columns Jacobian with differences of `rule` at `at`; counts entries checked and skipped. */
function compareDifferences(
  o: { kinks: boolean; differenceTolerance: number },
  rows: number,
  columns: number,
  at: Float64Array,
  jacobian: Float64Array,
  rule: (at: Float64Array, out: Float64Array) => void,
): { checked: number; skipped: number } {
  const [here, ahead, behind] = [0, 0, 0].map(() => new Float64Array(rows));
  const scale = 1 + largest(jacobian);
  let checked = 0;
  let skipped = 0;
  rule(at, here);
  for (let j = 0; j < columns; j++) {
    const step = 1e-5 * Math.max(1, Math.abs(at[j]));
    const moved = at.slice();
    moved[j] = at[j] + step;
    rule(moved, ahead);
    const high = moved[j];
    moved[j] = at[j] - step;
    rule(moved, behind);
    for (let i = 0; i < rows; i++) {
      const forward = (ahead[i] - here[i]) / (high - at[j]);
      const backward = (here[i] - behind[i]) / (at[j] - moved[j]);
      if (o.kinks && Math.abs(forward - backward) > 1e-3 * scale) {
        skipped++;
        continue;
      }
      const central = (ahead[i] - behind[i]) / (high - moved[j]);
      const tolerance = o.differenceTolerance * scale;
      // A kink may bend one difference by less than the skip's threshold only in proportion to it.
      const bend = o.kinks ? Math.abs(forward - backward) : 0;
      expectNear(jacobian[i * columns + j], central, tolerance + bend, `entry ${i}, ${j}`);
      checked++;
    }
  }
  return { checked, skipped };
}

function expectNear(actual: number, expected: number, tolerance: number, what: string): void {
  if (!(Math.abs(actual - expected) <= tolerance))
    throw new Error(`${what} is ${actual}, expected ${expected} within ${tolerance}`);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

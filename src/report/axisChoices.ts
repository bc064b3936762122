import { fail } from "../core/check.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import type { PrincipalAxes } from "./principalAxes.js";
import type { ReportAxis } from "./reportData.js";

/** An axis that can tell where a state lies along it. */
export interface Axis extends ReportAxis {
  coordinate(state: Vector): number;
}

/** What a network has beyond a system: see `Cell`. */
export interface WithReadout {
  readonly outputDimension?: number;
  readout?(x: Vector, u: Vector, out: Vector): void;
}

/** A slow mode that deviations from a point can be projected on. */
export interface SlowDirection {
  readonly origin: Vector;
  /** Left vector: amplitude = w . (x - origin), its real or imaginary part. */
  readonly weights: Vector;
  readonly label: string;
}

/** State variables that are axes without being asked for: all of a small system, else those that vary most. */
const smallDimension = 8;
const varyMost = 3;
const mostOutputs = 4;

/**
 * The axes of a report: principal ones (`pc1` ...), the readout (`output1` ...), slow modes (`mode1` ...) and state
 * variables (`x1` ...); those named by the user first.
 */
export function axisChoices(
  where: string,
  system: DynamicalSystem & WithReadout,
  input: Vector,
  principal: PrincipalAxes,
  modes: readonly SlowDirection[],
  deviations: Vector,
  asked: readonly string[] | undefined,
): { axes: Axis[]; shown: number[] } {
  const d = system.dimension;
  const outputs = system.readout ? (system.outputDimension ?? 0) : 0;
  const out = new Float64Array(outputs);
  const makers: Record<string, { count: number; make: (k: number) => Axis }> = {
    pc: {
      count: d > 3 ? principal.vectors.length : 0,
      make: (k) => ({
        name: `pc${k + 1}`,
        label: `PC${k + 1} (${percent(principal.shares[k])} of variance)`,
        group: "pc",
        coordinate: (x) => along(principal.vectors[k], x, principal.mean),
      }),
    },
    output: {
      count: outputs,
      make: (k) => ({
        name: `output${k + 1}`,
        label: `output ${k + 1}`,
        group: "output",
        coordinate: (x) => {
          system.readout!(x, input, out);
          return out[k];
        },
      }),
    },
    mode: {
      count: modes.length,
      make: (k) => ({
        name: `mode${k + 1}`,
        label: modes[k].label,
        group: "mode",
        coordinate: (x) => along(modes[k].weights, x, modes[k].origin),
      }),
    },
    x: {
      count: d,
      make: (k) => ({
        name: `x${k + 1}`,
        label: `state variable ${k + 1}`,
        group: "state",
        coordinate: (x) => x[k],
      }),
    },
  };
  const named = (name: string): Axis => {
    const [, kind, number] = /^([a-z]+)([1-9][0-9]*)$/.exec(name) ?? [];
    const maker = Object.hasOwn(makers, kind ?? "") ? makers[kind] : undefined;
    if (!maker || Number(number) > maker.count) {
      const known = Object.entries(makers).filter(([, { count }]) => count > 0);
      const ranges = known.map(([k, { count }]) => (count === 1 ? `${k}1` : `${k}1 to ${k}${count}`));
      fail(where, `axes has ${JSON.stringify(name)}, expected names among ${ranges.join(", ")}`);
    }
    return maker.make(Number(number) - 1);
  };
  const wide = Array.from(deviations.keys()).sort((i, j) => deviations[j] - deviations[i] || i - j);
  const usual = [
    ...numbered("pc", makers.pc.count),
    ...(d <= 3 ? numbered("x", d) : []),
    ...numbered("output", Math.min(outputs, mostOutputs)),
    ...numbered("mode", modes.length),
    ...(d <= smallDimension ? numbered("x", d) : wide.slice(0, varyMost).map((i) => `x${i + 1}`)),
  ];
  if (asked !== undefined && (asked.length === 0 || asked.length > 3))
    fail(where, `axes has ${asked.length} names, expected 1 to 3`);
  const first = asked ?? usual.slice(0, Math.min(3, d));
  const names = [...new Set([...first, ...usual])];
  return { axes: names.map(named), shown: first.map((name) => names.indexOf(name)) };
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${kind}${k + 1}`);
}

function along(weights: Vector, x: Vector, origin: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += weights[i] * (x[i] - origin[i]);
  return sum;
}

function percent(share: number): string {
  if (share < 5e-4) return "below 0.1 %";
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** The change of the coordinate per unit step along a direction; exact for linear axes. */
export function directionAlong(axis: Axis, state: Vector, direction: Vector): number {
  const h = 1e-3;
  const [ahead, behind] = [h, -h].map((step) =>
    axis.coordinate(state.map((v, i) => v + step * direction[i])),
  );
  return (ahead - behind) / (2 * h);
}

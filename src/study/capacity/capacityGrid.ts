import { checkInteger, checkNumber, describe, fail } from "../../core/check.js";
import { resolveOptions } from "../../core/defaults.js";
import type { SweepGroup } from "../sweepStudy.js";
import { type ReservoirOptions, reservoirDefaults, resolveReservoir } from "./reservoir.js";

/** The parameters of a network that a sweep may vary. */
export const capacityParameters = ["units", "gain", "inputGain", "density", "inputDensity", "noise"] as const;

/** N, g, gIn, sp, spIn and the size of the noise. */
export type CapacityParameter = (typeof capacityParameters)[number];

/** One setting of the parameters. */
export type CapacityPoint = Readonly<Record<CapacityParameter, number>>;

/** The network in the centre of all sweeps. */
export interface CapacityNetwork extends Omit<ReservoirOptions, "channels"> {
  /** Standard deviation the noise alone would give a linear unit. @defaultValue `0` */
  readonly noise?: number;
}

/** Values of one parameter (a sweep with the others at the centre), or of several (all combinations). */
export type CapacitySweep = Readonly<Partial<Record<CapacityParameter, readonly number[]>>>;

/** One network of the study. */
export interface CapacityNetworkOfStudy {
  /** Tells it from all others of its study: its parameters and its seed. */
  readonly id: string;
  readonly point: CapacityPoint;
  readonly seed: number;
}

/** Networks that share J and the stream of items: simulated in lock-step. */
export interface CapacityGroup extends SweepGroup<CapacityNetworkOfStudy> {
  readonly units: number;
  readonly density: number;
  readonly seed: number;
}

/** The published grids of gIn and N, and ours for the rest; both interactions. N 1000 is the centre. */
export const sweepDefaults: readonly CapacitySweep[] = [
  { inputGain: Array.from({ length: 101 }, (_, i) => Math.round(2 * i) / 10) },
  {
    units: [
      ...Array.from({ length: 20 }, (_, i) => 10 * (i + 1)),
      ...Array.from({ length: 7 }, (_, i) => 100 * (i + 3)),
      1000,
    ],
  },
  { gain: [0, 0.25, 0.5, 0.75, 0.95, 1.1, 1.25, 1.5, 1.75, 2] },
  { density: [0.01, 0.05, 0.1, 0.25, 0.5, 1] },
  { inputDensity: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] },
  { units: [30, 100, 300], inputGain: [0.5, 1, 2, 4, 10, 20] },
  { gain: [0, 0.5, 0.95, 1.25, 1.5], noise: [0, 0.001, 0.01, 0.1], units: [300] },
];

/** The centre with every field set; throws where it is wrong. */
export function resolveNetwork(where: string, network?: CapacityNetwork) {
  const { channels: _, ...own } = reservoirDefaults;
  const { noise, ...reservoir } = resolveOptions(where, { ...own, noise: 0 }, network);
  const { channels: __, ...resolved } = resolveReservoir(where, reservoir);
  checkNumber(where, "noise", noise, 0, 1e6);
  return { ...resolved, noise };
}

/** Networks of a list of points, in groups that share J; seeds outermost, so that few seeds of all points come first. */
export function capacityGroups(points: readonly CapacityPoint[], seeds: readonly number[]): CapacityGroup[] {
  return seeds.flatMap((seed) => {
    const groups = new Map<string, CapacityGroup & { rows: CapacityNetworkOfStudy[] }>();
    for (const point of points) {
      const { units, density } = point;
      const id = `n${units}-p${density}-s${seed}`;
      if (!groups.has(id)) groups.set(id, { id, units, density, seed, rows: [] });
      groups.get(id)!.rows.push({ id: `${pointName(point)}-s${seed}`, point, seed });
    }
    return [...groups.values()];
  });
}

/** The points of all sweeps about a centre, each once, in order. Throws where a sweep is wrong. */
export function capacityPoints(
  where: string,
  centre: CapacityPoint,
  sweeps: readonly CapacitySweep[],
): CapacityPoint[] {
  if (!Array.isArray(sweeps)) fail(where, `sweeps is ${describe(sweeps)}, expected a list of sweeps`);
  const points = new Map<string, CapacityPoint>();
  const mostPoints = 1e5;
  sweeps.forEach((sweep, k) => {
    const name = `sweeps[${k}]`;
    if (typeof sweep !== "object" || sweep === null || Object.keys(sweep).length === 0)
      fail(where, `${name} is ${describe(sweep)}, expected for example { "gain": [0.5, 1] }`);
    let made: CapacityPoint[] = [centre];
    for (const [parameter, values] of Object.entries(sweep)) {
      if (!(capacityParameters as readonly string[]).includes(parameter))
        fail(
          where,
          `${name} has ${JSON.stringify(parameter)}, expected some of ${capacityParameters.join(", ")}`,
        );
      if (!Array.isArray(values) || values.length === 0)
        fail(where, `${name}.${parameter} is ${describe(values)}, expected a list of at least one number`);
      if (new Set(values).size < values.length)
        fail(where, `${name}.${parameter} is ${values.join(", ")}, expected each value once`);
      for (const value of values) checkParameter(where, `${name}.${parameter}`, parameter, value);
      if (made.length * values.length > mostPoints)
        fail(
          where,
          `${name} has ${made.length * values.length} combinations or more, expected at most ${mostPoints}`,
        );
      made = made.flatMap((point) => values.map((value) => ({ ...point, [parameter]: value })));
    }
    for (const point of made) points.set(pointName(point), point);
  });
  return [...points.values()];
}

/** The six parameters of a centre. */
export function pointOf(centre: CapacityPoint): CapacityPoint {
  return Object.fromEntries(capacityParameters.map((name) => [name, centre[name]])) as CapacityPoint;
}

/** A name for a point, fit for a file. */
export function pointName(p: CapacityPoint): string {
  return `n${p.units}-g${p.gain}-i${p.inputGain}-p${p.density}-q${p.inputDensity}-z${p.noise}`;
}

/** Refuses a value that no network can have. */
export function checkParameter(where: string, name: string, parameter: string, value: number): void {
  checkNumber(where, name, value, 0, 1e6);
  if (parameter === "noise") return;
  try {
    resolveReservoir(where, { [parameter]: value });
  } catch (error) {
    fail(where, `${name}: ${(error as Error).message.replace(`${where}: `, "")}`);
  }
}

/** Refuses seeds that are not whole numbers, none, or the same twice. */
export function checkSeeds(where: string, seeds: readonly number[]): void {
  if (!Array.isArray(seeds) || seeds.length === 0)
    fail(where, `seeds is ${describe(seeds)}, expected a list of at least one whole number`);
  for (const seed of seeds) checkInteger(where, "seeds", seed, 0, 2 ** 32 - 1);
  if (new Set(seeds).size < seeds.length) fail(where, `seeds is ${seeds.join(", ")}, expected each once`);
}

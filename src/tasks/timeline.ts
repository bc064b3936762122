import { checkNumber, fail } from "../core/check.js";

/** A named part of a trial, in steps: the steps s with `start <= s < end`. */
export interface Interval {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The intervals of a trial, one after the other. */
export interface Timeline<Name extends string> {
  /** T, the length of the trial. */
  readonly steps: number;
  /** In order of time, those without steps left out. */
  readonly intervals: readonly Interval[];
  /** By name, those without steps included. */
  readonly at: Readonly<Record<Name, Interval>>;
}

/** A timeline from the number of steps of each interval, listed in order of time. */
export function timeline<Name extends string>(
  lengths: readonly (readonly [name: Name, steps: number])[],
): Timeline<Name> {
  const at = {} as Record<Name, Interval>;
  const intervals: Interval[] = [];
  let start = 0;
  for (const [name, steps] of lengths) {
    const interval = { name, start, end: start + steps };
    at[name] = interval;
    if (steps > 0) intervals.push(interval);
    start = interval.end;
  }
  return { steps: start, intervals, at };
}

/** The number of steps of length `dt` in `duration`; throws unless that is a whole number of at least `least`. */
export function wholeSteps(where: string, name: string, duration: number, dt: number, least = 1): number {
  checkNumber(where, name, duration, 0);
  const steps = Math.round(duration / dt);
  if (steps < least || Math.abs(steps * dt - duration) > 1e-9 * Math.max(duration, dt))
    fail(where, `${name} is ${duration}, expected a whole number of steps of dt = ${dt}, at least ${least}`);
  return steps;
}

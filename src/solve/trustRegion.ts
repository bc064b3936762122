import type { Vector } from "../core/system.js";
import type { Homing } from "./homing.js";
import type { Iterate, Stepper } from "./loop.js";
import { createPatience } from "./patience.js";
import { clampToBox, halfSquare, norm, type Problem } from "./problem.js";

/** A step that divides q by this much deserves another one with the same linear model. */
const chordGain = 1e-2;

/** A step that keeps this share of its promise may be followed by a longer one. */
const good = 0.75;

/** So many steps in a row that break their promise and lower q by less than this share end a search: it is in a minimum of q. */
const mostIdle = 2;
const little = 1e-2;

/** Gradient so small, relative to |J| |r|, that q is stationary to working precision. */
const stationary = 1e-13;

/** The linear model r + J s of the equations around a state, by whatever means. */
export interface LinearModel {
  /** A new search begins. */
  start?(): void;
  /**
   * Linearises at x, where the residual is r, and writes the Newton step -J^-1 r, exact or nearly so, to `newton`.
   * Returns "running", or why no step can be made with this model.
   */
  fit(x: Vector, r: Vector, newton: Vector): Iterate["status"];
  /** Whether there is a Newton step: J may be singular. */
  readonly hasNewton: boolean;
  /** `out = J' r`, the gradient of q. */
  gradient(r: Vector, out: Vector): void;
  /** |J|, against which the gradient counts as zero; 0 where it is not known. */
  size(): number;
  /** `out = J v`. */
  product(v: Vector, out: Vector): void;
  /** `step = -J^-1 r` for another r, where that is cheap. */
  chord?(r: Vector, step: Vector): void;
  /** `out = (J' J)^-1 v`, nearly a multiple of the direction that J shrinks most when v is a long Newton step. */
  weakest?(v: Vector, out: Vector): void;
}

/**
 * Powell's dogleg on r(x) = 0, given linear models of r: inside the region it takes the Newton step; outside it walks
 * along the gradient to the Cauchy point and bends toward the Newton step. A step is accepted when q falls by a fraction
 * of what the model promised, so q never rises. Steps that leave the problem's box are moved back onto it before they
 * are judged.
 *
 * A known zero whose Jacobian squeezes one direction lies on a line of slow states, and q is a narrow curved valley there.
 * Near it a Newton step that is too long is cut along the weakest direction of J only, and what such a step rises on the slope
 * is taken back by a second chord (a second-order correction: Conn, Gould & Toint 2000, section 15.3.2).
 *
 * Every search begins with the first model. One that gives no step, or none that lowers q, is replaced by the next for
 * the rest of the search, from the same state; the last one's failure is the search's.
 *
 * Source: Powell (1970); with inexact Newton steps, Pawlowski, Simonis, Walker & Shadid (2008).
 */
export function createTrustRegion(
  problem: Problem,
  models: readonly (() => LinearModel)[],
  homing?: Homing,
): Stepper {
  const n = problem.dimension;
  const made: LinearModel[] = [];
  const x = new Float64Array(n);
  const r = new Float64Array(n);
  const gradient = new Float64Array(n);
  const newton = new Float64Array(n);
  const image = new Float64Array(n);
  const step = new Float64Array(n);
  const trial = new Float64Array(n);
  const trialResidual = new Float64Array(n);
  const patience = createPatience();
  const iterate: Iterate = { x, q: Number.NaN, gradientNorm: Number.NaN, status: "running" };
  const weak = new Float64Array(n);
  const corrected = new Float64Array(n);
  const correctedResidual = new Float64Array(n);
  let length = 0;
  let idle = 0;
  let rank = 0;
  let radius = 1;

  function start(x0: Float64Array): void {
    x.set(x0);
    problem.residual(x, r);
    iterate.q = halfSquare(r);
    iterate.gradientNorm = Number.NaN;
    begin(0);
    if (Number.isNaN(iterate.q)) iterate.status = "not-finite";
  }

  /** Goes on from x with the model of this rank. */
  function begin(which: number): void {
    rank = which;
    made[rank] ??= models[rank]();
    made[rank].start?.();
    patience.start(iterate.q);
    idle = 0;
    radius = Math.max(1, norm(x)) / 2;
    iterate.status = "running";
  }

  function advance(): void {
    if (comesHome()) return;
    iterate.status = takeStep(made[rank]);
    const failed = iterate.status === "stalled" || iterate.status === "stationary";
    if (failed && rank + 1 < models.length) {
      begin(rank + 1);
      advance();
    }
  }

  /** Whether the search ends in a known zero from here. */
  function comesHome(): boolean {
    if (homing === undefined) return false;
    iterate.q = homing.descend(x, r, iterate.q);
    if (homing.arrived) {
      iterate.status = "arrived";
      iterate.gradientNorm = homing.gradientNorm;
    }
    return homing.arrived;
  }

  function takeStep(model: LinearModel): Iterate["status"] {
    iterate.gradientNorm = Number.NaN;
    const status = model.fit(x, r, newton);
    if (status !== "running") return status;
    let newtonNorm = model.hasNewton ? norm(newton) : Infinity;
    if (!(newtonNorm < 1e150)) newtonNorm = Infinity;
    let gradientNorm = Number.NaN;
    let cauchyNorm = Number.NaN;
    let restNorm = Number.NaN;

    for (;;) {
      const inside = newtonNorm <= radius;
      if (!inside && Number.isNaN(restNorm))
        restNorm = homing?.onLine && newtonNorm < Infinity ? split(model) : Infinity;
      const along = !inside && restNorm < radius;
      if (inside) step.set(newton);
      else if (along) turn(restNorm);
      else {
        if (Number.isNaN(cauchyNorm)) {
          model.gradient(r, gradient);
          gradientNorm = norm(gradient);
          iterate.gradientNorm = gradientNorm;
          if (!(gradientNorm < Infinity)) return "not-finite";
          if (gradientNorm <= stationary * model.size() * norm(r)) return "stationary";
          model.product(gradient, image);
          const curvature = norm(image) ** 2;
          cauchyNorm = curvature > 0 ? gradientNorm ** 3 / curvature : Infinity;
        }
        bend(newtonNorm, cauchyNorm, gradientNorm);
      }
      for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
      const moved = clampToBox(problem, trial);
      if (moved) for (let i = 0; i < n; i++) step[i] = trial[i] - x[i];
      const stepNorm = norm(step);
      const tiny = 1e-16 * (1 + norm(x));
      if (!(stepNorm > tiny && stepNorm < Infinity)) return "stalled";
      const promised = inside && !moved ? iterate.q : promise(model);
      problem.residual(trial, trialResidual);
      let trialQ = halfSquare(trialResidual);
      if (along && model.chord && !(iterate.q - trialQ > good * promised))
        trialQ = correct(model.chord, trialQ);
      const gain = iterate.q - trialQ;
      const ratio = promised > 0 ? gain / promised : -1;
      if (ratio > 1e-4 && gain > 0) {
        x.set(trial);
        r.set(trialResidual);
        idle = along && ratio <= good && gain < little * iterate.q ? idle + 1 : 0;
        const fell = trialQ <= chordGain * iterate.q;
        iterate.q = trialQ;
        if (fell && inside && model.chord) {
          if (comesHome()) return "arrived";
          followChords(model.chord);
        }
        if (ratio > good) radius = Math.max(radius, Math.min(3 * stepNorm, 1e6 * (1 + norm(x))));
        else if (ratio < 0.25) radius = stepNorm / 2;
        return idle === mostIdle || patience.isSpent(iterate.q) ? "stalled" : "running";
      }
      radius = Math.min(stepNorm, radius) / 4;
      if (!(radius > tiny)) return "stalled";
    }
  }

  /**
   * Splits the Newton step into its part along the weakest direction of J, and the rest, whose norm it returns: not below
   * the radius where that direction is not to be had.
   */
  function split(model: LinearModel): number {
    model.weakest?.(newton, weak);
    const size = norm(weak);
    length = 0;
    for (let i = 0; i < n; i++) {
      weak[i] /= size;
      length += weak[i] * newton[i];
    }
    for (let i = 0; i < n; i++) step[i] = newton[i] - length * weak[i];
    return norm(step);
  }

  /** Fills `step` with all of the Newton step but its weakest part, and as much of that as the region has room for. */
  function turn(restNorm: number): void {
    const room = Math.sign(length) * Math.sqrt(radius * radius - restNorm * restNorm);
    for (let i = 0; i < n; i++) step[i] = newton[i] + (room - length) * weak[i];
  }

  /**
   * A long step along a curved valley ends on its slope: one chord more, across the valley, where that lowers q. Returns q
   * at `trial`.
   */
  function correct(chord: NonNullable<LinearModel["chord"]>, trialQ: number): number {
    chord(trialResidual, corrected);
    let part = 0;
    for (let i = 0; i < n; i++) part += corrected[i] * weak[i];
    for (let i = 0; i < n; i++) corrected[i] += trial[i] - part * weak[i];
    clampToBox(problem, corrected);
    problem.residual(corrected, correctedResidual);
    const q = halfSquare(correctedResidual);
    if (!(q < trialQ)) return trialQ;
    trial.set(corrected);
    trialResidual.set(correctedResidual);
    return q;
  }

  /** By how much the model expects the step to lower q. */
  function promise(model: LinearModel): number {
    model.product(step, image);
    let sum = 0;
    for (let i = 0; i < n; i++) sum -= image[i] * (r[i] + image[i] / 2);
    return sum;
  }

  /**
   * Near a zero, more steps with the model at hand, for as long as each divides q by a hundred (Shamanskii 1967): down to the
   * rounding floor, so that an end is known again for the point it is.
   */
  function followChords(chord: NonNullable<LinearModel["chord"]>): void {
    while (iterate.q > 0) {
      chord(r, step);
      for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
      clampToBox(problem, trial);
      problem.residual(trial, trialResidual);
      const trialQ = halfSquare(trialResidual);
      if (!(trialQ <= chordGain * iterate.q)) return;
      x.set(trial);
      r.set(trialResidual);
      iterate.q = trialQ;
    }
  }

  /** Fills `step` with the point of the dogleg at the current radius, which the Newton step exceeds. */
  function bend(newtonNorm: number, cauchyNorm: number, gradientNorm: number): void {
    if (cauchyNorm >= radius || newtonNorm === Infinity) {
      const scale = -Math.min(radius, cauchyNorm) / gradientNorm;
      for (let i = 0; i < n; i++) step[i] = scale * gradient[i];
      return;
    }
    // Between the Cauchy point c and the Newton point: |c + t (newton - c)| = radius.
    const scale = -cauchyNorm / gradientNorm;
    let difference2 = 0;
    let inner = 0;
    for (let i = 0; i < n; i++) {
      const c = scale * gradient[i];
      const d = newton[i] - c;
      difference2 += d * d;
      inner += c * d;
    }
    const missing = radius * radius - cauchyNorm * cauchyNorm;
    const t = missing / (inner + Math.sqrt(inner * inner + difference2 * missing));
    for (let i = 0; i < n; i++) {
      const c = scale * gradient[i];
      step[i] = c + t * (newton[i] - c);
    }
  }

  return { iterate, start, step: advance };
}

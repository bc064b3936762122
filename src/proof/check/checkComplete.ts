import type { Cell } from "../../cells/cell.js";
import type { CellSpec, LowRankSpec } from "../../cells/spec.js";
import type { DynamicalSystem, Vector } from "../../core/system.js";
import { atRest } from "../atRest.js";
import type { BoxesProof, CompletenessProof, Start } from "../proofFormat.js";
import { checkAsymptote } from "./checkAsymptote.js";
import { checkDominance } from "./checkDominance.js";
import { checkKinks } from "./checkKinks.js";
import { checkPoint } from "./checkPoint.js";
import { checkRegions } from "./checkRegions.js";
import { halves } from "./halves.js";
import { liesIn } from "./liesIn.js";
import { above, below, type Pair, plus, times } from "./plainInterval.js";
import { type ResidualModel, residualModel } from "./plainModel.js";
import { middle, plainInverse } from "./plainSystem.js";

/**
 * Checks that no fixed point (of F^k) lies outside the balls of a completeness proof, in the box it speaks of. Returns
 * what could not be confirmed. The work is that of the search without its wrong turns.
 */
export function checkComplete(
  cell: DynamicalSystem,
  spec: CellSpec,
  input: Vector,
  proof: CompletenessProof,
): string[] {
  const failures: string[] = [];
  if (proof.period > 1 && cell.time === "continuous") return ["a flow has no periods of steps"];
  proof.balls.forEach((ball, j) => {
    if (ball.state.length !== cell.dimension) {
      failures.push(`ball ${j}: its state has length ${ball.state.length}, expected ${cell.dimension}`);
      return;
    }
    const wrong = checkPoint(spec, input, {
      status: "certified",
      state: Float64Array.from(ball.state),
      radius: ball.radius,
      uniqueWithin: ball.uniqueWithin,
      unstable: null,
      period: proof.period,
      leastPeriod: null,
      kinkDistance: undefined,
    });
    failures.push(...wrong.map((what) => `ball ${j}: ${what}`));
  });
  if ("start" in proof && proof.start) {
    const wrong = checkStart(cell, spec, input, proof.period, proof.start);
    if (wrong) failures.push(wrong);
  }
  if (failures.length > 0) return failures;
  const equation = proof.period === 1 ? atRest(spec) : spec;
  const wrong =
    proof.kind === "boxes"
      ? checkTree(equation, input, proof)
      : proof.kind === "regions"
        ? checkRegions(equation, input, proof)
        : proof.kind === "kinks"
          ? checkKinks(equation, input, proof)
          : checkDominance(equation, input, proof);
  return wrong ? [wrong] : [];
}

/** Whether the start box holds every point, as it says. */
function checkStart(
  cell: DynamicalSystem,
  spec: CellSpec,
  input: Vector,
  period: number,
  start: Start,
): string | undefined {
  const d = cell.dimension;
  if (
    start.lower.length !== d ||
    start.upper.length !== d ||
    start.lower.some((l, i) => !(l <= start.upper[i]))
  )
    return "its start box is malformed";
  if (start.why === "given") return undefined;
  if (start.why === "domain") {
    const domain = (cell as Cell).domain?.(input);
    const holds = domain?.lower.every((l, i) => start.lower[i] <= l && start.upper[i] >= domain.upper[i]);
    return holds ? undefined : "its start box does not hold the domain of the network";
  }
  if (spec.kind !== "low-rank" || period !== 1) return "its start box needs a low-rank network";
  return checkAsymptote(atRest(spec) as LowRankSpec, input, start);
}

function checkTree(spec: CellSpec, input: Vector, proof: BoxesProof): string | undefined {
  const { tree, balls } = proof;
  const stack = [
    { lower: Float64Array.from(proof.start.lower), upper: Float64Array.from(proof.start.upper) },
  ];
  for (const [node, code] of tree.entries()) {
    const box = stack.pop();
    if (!box) return "its tree has more nodes than it splits";
    if (code >= 0) {
      if (code >= box.lower.length) return `node ${node} splits along a coordinate that is not there`;
      stack.push(...halves(box, code));
      continue;
    }
    if (code === -2) return `node ${node} is not decided`;
    if (code === -1) {
      const model = residualModel(spec, input, proof.period, box.lower, box.upper);
      if (!excludes(model) && !zerosOf(spec, model)?.excluded)
        return `node ${node}: its box may hold a point`;
      continue;
    }
    const whole = -3 - code < balls.length;
    const ball = balls[whole ? -3 - code : -3 - code - balls.length];
    if (!ball) return `node ${node} names a ball that is not there`;
    const part = whole ? box : zerosOf(spec, residualModel(spec, input, proof.period, box.lower, box.upper));
    if (!part || !(("excluded" in part && part.excluded) || liesIn(part, ball)))
      return `node ${node}: its points may lie outside ball ${balls.indexOf(ball)}`;
  }
  return stack.length === 0 ? undefined : "its tree ends before all parts are decided";
}

/** Whether a component of the model cannot vanish. */
export function excludes(model: ResidualModel): boolean {
  const d = model.reach.length;
  return model.error.some((e, i) => {
    let row: Pair = plus([model.centre.lower[i], model.centre.upper[i]], [-e, e]);
    for (let j = 0; j < d; j++)
      row = plus(
        row,
        times([model.by.lower[i * d + j], model.by.upper[i * d + j]], [-model.reach[j], model.reach[j]]),
      );
    return row[0] > 0 || row[1] < 0;
  });
}

/**
 * Where the zeros of a box are: `C (g + A y + e) = 0` gives `y = -C g + (I - C A) y - C e`. undefined where A has no
 * inverse. For low-rank networks e = s n' d with d unit by unit, so C n' is formed first.
 */
function zerosOf(
  spec: CellSpec,
  model: ResidualModel,
): { lower: Vector; upper: Vector; excluded: boolean } | undefined {
  const { at, reach, centre, by, error, rateError } = model;
  const d = at.length;
  const c = plainInverse(d, middle(by));
  if (!c) return undefined;
  const lower = new Float64Array(d);
  const upper = new Float64Array(d);
  let excluded = false;
  for (let i = 0; i < d; i++) {
    let y: Pair = [0, 0];
    let apart = 0;
    for (let a = 0; a < d; a++) {
      const w: Pair = [c[i * d + a], c[i * d + a]];
      y = plus(y, times([-w[0], -w[0]], [centre.lower[a], centre.upper[a]]));
      apart = above(apart + above(Math.abs(w[0]) * error[a]));
    }
    if (rateError && spec.kind === "low-rank") apart = Math.min(apart, apartBound(spec, c, i, rateError));
    for (let j = 0; j < d; j++) {
      let ca: Pair = i === j ? [-1, -1] : [0, 0];
      for (let a = 0; a < d; a++)
        ca = plus(ca, times([c[i * d + a], c[i * d + a]], [by.lower[a * d + j], by.upper[a * d + j]]));
      apart = above(apart + above(Math.max(Math.abs(ca[0]), Math.abs(ca[1])) * reach[j]));
    }
    y = plus(y, [-apart, apart]);
    if (y[0] > reach[i] || y[1] < -reach[i]) excluded = true;
    lower[i] = below(at[i] + Math.max(y[0], -reach[i]));
    upper[i] = above(at[i] + Math.min(y[1], reach[i]));
  }
  return { lower, upper, excluded };
}

/** `|s| sum_u |sum_a C_ia n_ua| d_u`, from above. */
function apartBound(spec: LowRankSpec, c: Vector, i: number, deviation: Vector): number {
  const right = spec.right as Float64Array;
  const r = spec.rank!;
  let sum = 0;
  for (let u = 0; u < deviation.length; u++) {
    let w: Pair = [0, 0];
    for (let a = 0; a < r; a++)
      w = plus(w, times([c[i * r + a], c[i * r + a]], [right[u * r + a], right[u * r + a]]));
    sum = above(sum + above(Math.max(Math.abs(w[0]), Math.abs(w[1])) * deviation[u]));
  }
  return above(sum * Math.abs(spec.scale ?? 1));
}

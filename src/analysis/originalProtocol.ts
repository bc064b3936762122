import { createRandom } from "../core/random.js";
import type { Vector } from "../core/system.js";
import type { March } from "./march.js";
import type { OriginalLabel, OriginalProtocol } from "./mechanismReport.js";
import { originalRule } from "./originalRule.js";
import type { Plan } from "./plan.js";
import { rowOf } from "./rows.js";
import { statesAt } from "./statesAt.js";

/** Readouts kept of the last stretch of a run, at most; states of so many are held at a time. */
const mostReadouts = 1000;
const atOnce = 50;

/**
 * The authors' attractor test on a network at rest from input: free runs from the memories ("trial-ends") or from
 * noisy copies of zero and of each memory ("noisy"), then {@link originalRule} on the readouts of the last stretch.
 * Cost: run / dt rules per start.
 */
export function* originalTest(
  variant: "trial-ends" | "noisy",
  clock: March,
  input: Vector,
  memories: Float64Array,
  readout: (state: Float64Array) => Float64Array,
  protocol: OriginalProtocol,
  seed: number,
): Plan<OriginalLabel> {
  const n = clock.step.dimension;
  const starts =
    variant === "noisy" ? noisyCopies(memories, n, protocol.copies, protocol.noise, seed) : memories;
  const count = starts.length / n;
  const all = Math.max(1, Math.round(protocol.run / clock.perStep));
  const last = Math.min(all, Math.max(1, Math.round(protocol.window / clock.perStep)));
  const looks = Math.min(last, mostReadouts);
  const series = Array.from({ length: count }, () => [] as number[][]);
  let at = 0;
  let current = starts;
  const times = Array.from({ length: looks }, (_, k) => all - last + Math.round(((k + 1) * last) / looks));
  for (let k = 0; k < looks; k += atOnce) {
    const some = times.slice(k, k + atOnce);
    const forward = { input, dt: clock.perStep, at: some.map((time) => time - at) };
    for (current of yield* statesAt(n, forward, current))
      for (let i = 0; i < count; i++) series[i].push(Array.from(readout(rowOf(current, i, n))));
    at = some[some.length - 1];
  }
  const { outcomes, largestTarget } = protocol;
  const { label, finalValues, variances } = originalRule(series, { variant, outcomes, largestTarget });
  const largest = Math.max(...variances);
  return { label, finalValues, largestVariance: Number.isFinite(largest) ? largest : null };
}

function noisyCopies(
  memories: Float64Array,
  n: number,
  copies: number,
  noise: number,
  seed: number,
): Float64Array {
  const centres = new Float64Array(n + memories.length);
  centres.set(memories, n);
  const random = createRandom(seed).stream(0);
  const out = new Float64Array(copies * centres.length);
  for (let c = 0; c < copies; c++)
    for (let k = 0; k < centres.length; k++)
      out[c * centres.length + k] = centres[k] + noise * random.normal();
  return out;
}

import { expect, test } from "vitest";
import { freeRuns } from "../../../src/study/mechanisms/freeRuns.js";
import { landscape } from "../../../src/study/mechanisms/landscape.js";
import type { MechanismSubject } from "../../../src/study/mechanisms/mechanismSubject.js";
import { originalLabels } from "../../../src/study/mechanisms/originalLabels.js";
import { trialEnds } from "../../../src/study/mechanisms/trialEnds.js";
import { lineSubject, turningSubject } from "./subjects.js";

function seen(subject: MechanismSubject, trials = 50) {
  const runs = freeRuns(subject, trialEnds(subject), { copies: 3, trials });
  const { attractors, ...counts } = landscape(subject, runs);
  return { attractors, counts, original: originalLabels(runs, 1.5) };
}

const one = { used: 1, usedByEnds: 1, reached: 1, total: 1, spurious: 0, efficiency: 1, notSettled: 0 };

test("a cycle is one moving attractor, whatever phase each run is in, and its own mirror image", () => {
  const { attractors, counts } = seen(turningSubject(1.5, 1));
  expect(
    attractors.map(({ kind, fromEnds, fromCopies, rate }) => [kind, fromEnds, fromCopies, rate]),
  ).toEqual([["moving", 4, 15, null]]);
  expect(counts).toEqual(one);
});

test("a focus that states still spiral into, slowly, is a fixed point, its rate known in closed form", () => {
  const { attractors, counts } = seen(turningSubject(0.998, 0.05));
  expect(attractors.map(({ kind, fromEnds, fromCopies }) => [kind, fromEnds, fromCopies])).toEqual([
    ["fixed-point", 4, 15],
  ]);
  expect(attractors[0].rate).toBeCloseTo(-0.002, 9);
  expect(attractors[0].nextRate).toBeCloseTo(-1, 9);
  expect(counts).toEqual(one);
});

test("a state that creeps to where it is bound is counted there, not where it is", () => {
  const { attractors, counts } = seen(lineSubject(0.9998), 100);
  expect(attractors.map(({ kind }) => kind)).toEqual(["fixed-point"]);
  expect(attractors[0].size).toBeLessThan(1e-6);
  expect(attractors[0].rate).toBeCloseTo(-0.0002, 9);
  expect(counts).toEqual(one);
});

test("two stable states are both used, and told apart although z is 0 in both, where the original rule counts one", () => {
  const { attractors, counts, original } = seen(lineSubject(2));
  expect(attractors.every(({ kind, answer }) => kind === "fixed-point" && answer === 0)).toBe(true);
  expect(counts).toEqual({ ...one, used: 2, usedByEnds: 2, reached: 2, total: 2 });
  expect(original.trialEnds).toMatchObject({ label: "manifoldFps1", finalValues: 1 });
  expect(original.noisy!.label).toBe("manifoldFps1");
});

test("an attractor that only noise finds is spurious; its mirror image counts too, though no run found it", () => {
  const subject = lineSubject(2);
  const ends = trialEnds(subject);
  const n = subject.network.units;
  // All trials end on one side: the other is reached from noisy copies of zero alone, and is no mirror of anything new.
  const up = ends.states.slice(0, n);
  const states = new Float64Array(4 * n);
  for (let b = 0; b < 4; b++) states.set(up, b * n);
  const runs = freeRuns(subject, { states, trials: [0, 1, 2, 3] }, { copies: 6, trials: 10 });
  const { counts } = { counts: landscape(subject, runs) };
  expect(counts).toMatchObject({ used: 1, reached: 2, total: 2, spurious: 0, efficiency: 0.5 });
  const alone = landscape(
    subject,
    freeRuns(subject, { states, trials: [0, 1, 2, 3] }, { copies: 0, trials: 10 }),
  );
  expect(alone).toMatchObject({ used: 1, reached: 1, total: 2, spurious: 0, efficiency: 0.5 });
});

import type { OriginalLabel } from "../../analysis/mechanismReport.js";
import { originalRule } from "../../analysis/originalRule.js";
import type { FreeRuns } from "./freeRuns.js";
import { finite } from "./response.js";

/** What the authors' rule says of a network. */
export interface OriginalLabels {
  /** From the four trial ends. */
  readonly trialEnds: OriginalLabel;
  /** From the noisy copies; null without any. The original has 20 of each. */
  readonly noisy: OriginalLabel | null;
}

/**
 * The labels of Ghazizadeh & Ching (2021), by the rule of their code on z over the last two trial lengths of free
 * runs; see `originalRule` for its faults. O(numbers).
 */
export function originalLabels(
  { answers }: Pick<FreeRuns, "answers">,
  largestTarget: number,
): OriginalLabels {
  const label = (variant: "trial-ends" | "noisy", series: readonly Float64Array[]): OriginalLabel => {
    const found = originalRule(series, { variant, outcomes: 3, largestTarget });
    const largestVariance = finite(found.variances.reduce((most, v) => Math.max(most, v), 0));
    return { label: found.label, finalValues: found.finalValues, largestVariance };
  };
  const noisy = answers.slice(4);
  return {
    trialEnds: label("trial-ends", answers.slice(0, 4)),
    noisy: noisy.length > 0 ? label("noisy", noisy) : null,
  };
}

/** How the search from one start ended. */
export type Outcome = "fixed" | "slow" | "stalled" | "left-domain" | "out-of-steps" | "not-finite";

/** One sentence for each outcome: what happened, and what to do about it. */
export const outcomeMeaning: Readonly<Record<Outcome, string>> = {
  fixed: "Converged to a fixed point: q is below tolerance and the Newton correction is negligible.",
  slow: "Creeps but does not rest: a local minimum of q, or q below tolerance with no zero nearby; look at it with findSlowPoints.",
  stalled:
    "Neither q nor its gradient vanishes, but no step makes progress: try another start or another method.",
  "left-domain":
    "Converged outside the box that holds every recurrent state: a numerical artefact, rejected.",
  "out-of-steps": "The step budget ran out while q was still falling: raise maxSteps.",
  "not-finite": "The rule or its Jacobian returned NaN or infinity at this start.",
};

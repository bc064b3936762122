/** How the search from one start ended. */
export type Outcome = "fixed" | "slow" | "stalled" | "left-domain" | "out-of-steps" | "not-finite";

/** One sentence for each outcome: what happened, and what to do about it. */
export const outcomeMeaning: Readonly<Record<Outcome, string>> = {
  fixed: "Converged to a fixed point: q is below tolerance and the Newton correction is negligible.",
  slow: "Ended near a local minimum of q above zero, or where q is tiny with no zero nearby: findSlowPoints tells whether it is slow.",
  stalled: "Neither q nor its gradient vanishes, but no step helps: try another start or method.",
  "left-domain":
    "Converged outside the box that holds every recurrent state: a numerical artefact, rejected.",
  "out-of-steps": "The step budget ran out while q was still falling: raise maxSteps.",
  "not-finite": "The rule or its Jacobian returned NaN or infinity at this start.",
};

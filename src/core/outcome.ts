/** How the search from one start ended. */
export type Outcome =
  | "fixed"
  | "slow"
  | "stalled"
  | "left-domain"
  | "saturated"
  | "out-of-steps"
  | "not-finite";

/** One sentence for each outcome: what happened, and what to do about it. */
export const outcomeMeaning: Readonly<Record<Outcome, string>> = {
  fixed: "Converged to a fixed point: q is below tolerance and the Newton correction is negligible.",
  slow: "Converged to a local minimum of q that is not zero: a slow point; look at it with findSlowPoints.",
  stalled:
    "Neither q nor its gradient vanishes, but no step makes progress: try another start or another method.",
  "left-domain":
    "Converged outside the box that holds every recurrent state: a numerical artefact, rejected.",
  saturated:
    "q is below tolerance but the Newton correction is not small: the state creeps, it does not rest; rejected as a fixed point.",
  "out-of-steps": "The step budget ran out while q was still falling: raise maxSteps.",
  "not-finite": "The rule or its Jacobian returned NaN or infinity at this start.",
};

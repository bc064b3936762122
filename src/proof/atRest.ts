import type { CellSpec } from "../cells/spec.js";

/**
 * A map with the same fixed points: a leaky network moves by `alpha (target(x) - x)`, so it rests where the map
 * `x <- target(x)` does, whatever alpha or tau. Other networks as they are.
 */
export function atRest(spec: CellSpec): CellSpec {
  if (spec.kind !== "rate" && spec.kind !== "low-rank") return spec;
  const { tau: _tau, dt: _dt, alpha: _alpha, ...rest } = spec;
  return { ...rest, time: "discrete", alpha: 1 } as CellSpec;
}

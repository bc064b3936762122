import { checkVector } from "../core/check.js";
import type { Activation } from "./activation.js";
import type { Cell, CellCore } from "./cell.js";
import { type Readout, readoutFunction } from "./readout.js";
import type { CellSpec, VectorLike } from "./spec.js";

/** What the kinds of cells have in common, once their core is written. */
export interface CellParts {
  /** How messages call this cell, e.g. "gru" or "layers[1] lstm". */
  readonly label: string;
  readonly core: CellCore;
  /** The normalised description without its initial state. */
  readonly spec: CellSpec;
  readonly initialState: VectorLike | undefined;
  readonly readout: Readout | undefined;
  /** What turns the state into the rate, for a readout of the "rate". */
  readonly activation?: Activation;
  /** The width of what the readout sees. */
  readonly readoutWidth?: number;
}

/** A cell from its core: readout, initial state, and the members that follow from others. */
export function assembleCell(parts: CellParts): Cell {
  const { label, core, readout } = parts;
  const { restingState, observe: _, ...shared } = core;
  const n = core.dimension;
  const initialState =
    parts.initialState === undefined
      ? (restingState ?? new Float64Array(n))
      : checkVector("buildCell", `${label} initialState`, parts.initialState, n, "D, the state");
  const noInput = new Float64Array(core.inputDimension);
  const ignored = new Float64Array(core.inputDimension);
  const domainOver = core.domainOver;
  return {
    ...shared,
    spec: parts.initialState === undefined ? parts.spec : { ...parts.spec, initialState },
    outputDimension: readout?.outputs ?? 0,
    initialState,
    readout: readoutFunction(core, parts.readoutWidth ?? core.units, readout, parts.activation),
    product: (x, u, v, out) => core.tangent(x, u, v, noInput, out),
    pullback: (x, u, v, out) => core.cotangent(x, u, v, out, ignored),
    ...(domainOver && { domainOver, domain: (u) => domainOver(u, u) }),
  };
}

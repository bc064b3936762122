import { buildCell } from "../cells/build.js";
import type { Cell } from "../cells/cell.js";

/** One layer of a network. */
export interface NetworkLayer {
  /** Where its tensors are in the description: "" for a network that is no stack, else "layers.0." and so on. */
  readonly prefix: string;
  readonly cell: Cell;
}

/** The layers of a network, lowest first; a stack within a stack is its layers. */
export function networkLayers(cell: Cell, prefix = ""): NetworkLayer[] {
  if (cell.spec.kind !== "stacked") return [{ prefix, cell }];
  return cell.spec.layers.flatMap((spec, l) => networkLayers(buildCell(spec), `${prefix}layers.${l}.`));
}

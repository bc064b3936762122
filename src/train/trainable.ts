import { buildCell } from "../cells/build.js";
import type { Cell } from "../cells/cell.js";
import type { CellSpec } from "../cells/spec.js";
import { checkNumber, fail } from "../core/check.js";

/** The network of a description, which must have a readout; a flow needs the Euler step dt, a map takes none. */
export function trainableCell(where: string, spec: CellSpec, dt: number | undefined): Cell {
  const cell = buildCell(spec);
  if (cell.outputDimension === 0) fail(where, "spec has no readout, expected one to train");
  if (cell.time === "discrete") {
    if (dt !== undefined) fail(where, `dt is ${dt}, expected none: the network is a map`);
  } else if (dt === undefined) {
    fail(where, "dt is undefined, expected the Euler step: the network has continuous time");
  } else {
    checkNumber(where, "dt", dt, Number.MIN_VALUE);
  }
  return cell;
}

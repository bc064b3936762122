import { buildCell } from "../../src/cells/build.js";
import { systemLaws } from "../laws/systemLaws.js";
import { variants } from "./specs.js";

for (const { name, spec, kinks } of variants)
  systemLaws(name, () => buildCell(spec), {
    kinks,
    rebuild: (cell) => buildCell(structuredClone(cell.spec)),
  });

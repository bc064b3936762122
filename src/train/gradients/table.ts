import type { CellSpec } from "../../cells/spec.js";
import { gruModule } from "./gru.js";
import type { LayerModule } from "./layer.js";
import { piecewiseLinearModule, rateModule, vanillaModule } from "./leaky.js";
import { lowRankModule } from "./lowRank.js";
import { lstmModule } from "./lstm.js";

/** How each kind of layer is trained; a stack is its layers. */
export const gradientModules: Readonly<Record<Exclude<CellSpec["kind"], "stacked">, LayerModule>> = {
  vanilla: vanillaModule,
  rate: rateModule,
  "low-rank": lowRankModule,
  gru: gruModule,
  lstm: lstmModule,
  plrnn: piecewiseLinearModule,
};

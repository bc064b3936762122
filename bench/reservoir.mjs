// One random network of the capacity study under a stream of items, as published: N = 1000, density .25, 10 steps an item.
//
// numpy multiplies the whole J, as the study's own notebook does; ours keeps its non-zero quarter. Both keep the states at
// the ends of items. A stream of 5000 items is 50,100 steps; a part of it is timed, per step.
import { reservoirSpec, reservoirStates } from "rnn-dynamics/study";
import { itemStream } from "rnn-dynamics/tasks";
import { compare, relativeDifference } from "./lib/compare.mjs";
import { contender } from "./lib/measure.mjs";
import { numpy, numpyAvx2 } from "./rivals/rivals.mjs";

export async function run({ tiny }) {
  const items = tiny ? 3 : 200;
  const units = tiny ? 12 : 1000;
  const stream = itemStream({ items }, 0);
  // J and J_in from the equivalent ordinary network: W = kappa I + (1 - kappa) J.
  const kappa = Math.exp(-0.1 / 20);
  const spec = reservoirSpec({ units }, 0);
  const recurrent = Float64Array.from(
    spec.recurrent,
    (w, k) => (w - (k % (units + 1) === 0 ? kappa : 0)) / (1 - kappa),
  );
  const channels = 20;
  const input = Float64Array.from(
    { length: channels * units },
    (_, k) => spec.input[(k % units) * channels + Math.floor(k / units)] / (1 - kappa),
  );
  const data = {
    n: units,
    kappa,
    channels,
    burn: 100,
    shown: stream.shown,
    items: Float64Array.from(stream.items),
    recurrent,
    input,
    rates: Float64Array.from(spec.initialState),
  };
  const job = { job: "reservoir", data, target: 1 / 1.5 };
  const rows = await compare({
    tiny,
    row: "reservoir, per step",
    size: `N = ${units}`,
    ours: contender(() => reservoirStates({ network: { units }, stream: { items } }).states, {
      per: stream.steps,
    }),
    rivals: [
      { rival: numpy, ...job },
      { rival: numpyAvx2, ...job },
    ],
    difference: relativeDifference,
    tolerance: 1e-8,
  });
  return {
    title: "the capacity study's network under its stream of items",
    rows,
    note: "Our time has the draw of the weights in it.",
  };
}

import { describe, fail } from "../core/check.js";
import type { Domain, Matrix, Vector } from "../core/system.js";
import { assembleCell } from "./assemble.js";
import type { Cell, CellCore } from "./cell.js";
import { readReadout } from "./readout.js";
import { growingScratch } from "./scratch.js";
import type { CellSpec, StackedSpec } from "./spec.js";
import { checkFields, compact } from "./tensors.js";

const fields = ["kind", "layers", "readout", "initialState"] as const;

/**
 * Layers of maps, of any kinds and any depth: with F_l the rule of layer l and o_l its new output,
 *
 *   x_1 <- F_1(x_1, u),   x_l <- F_l(x_l, o_{l-1}).
 *
 * The Jacobian is block lower triangular: with J_l = dF_l/dx, B_l = dF_l/du and C_l the rows that hold the
 * output, block (l, l) is J_l and block (l, k) for k < l is `B_l C_{l-1} block(l - 1, k)`; dF/du follows the
 * same recursion from B_1. Hence the spectrum of a stack is the union of its layers' spectra.
 *
 * A layer's box is found with its input anywhere in the box of the outputs below; without a box for every
 * layer the stack has none. Rule: the sum of the layers'; Jacobian O(D^2 N) for the off-diagonal blocks.
 */
export function stackedCell(
  label: string,
  spec: StackedSpec,
  build: (label: string, spec: CellSpec) => Cell,
): Cell {
  checkFields(label, spec, fields);
  if (!Array.isArray(spec.layers) || spec.layers.length === 0)
    fail(
      "buildCell",
      `${label} layers must be a list of at least one description, got ${describe(spec.layers)}`,
    );
  const prefix = label === "stacked" ? "" : `${label} `;
  const layers = spec.layers.map((layer, i) => readLayer(`${prefix}layers[${i}]`, layer, build));
  for (let l = 1; l < layers.length; l++) {
    const [start, end] = layers[l - 1].outputRange;
    if (layers[l].inputDimension !== end - start)
      fail(
        "buildCell",
        `${prefix}layers[${l}] has ${layers[l].inputDimension} inputs, expected ${end - start} (the units of layers[${l - 1}])`,
      );
  }
  const core = stackedCore(layers);
  const width = core.outputRange[1] - core.outputRange[0];
  const readout = readReadout(label, spec.readout, width);
  const normalised = compact<StackedSpec>({
    kind: "stacked",
    layers: layers.map((layer) => layer.spec),
    readout: readout?.spec,
    initialState: undefined,
  });
  return assembleCell({
    label,
    core,
    spec: normalised,
    initialState: spec.initialState,
    readout,
    readoutWidth: width,
  });
}

/** A layer must be a map whose state shows its output: no flow, no low-rank network, no current. */
function readLayer(label: string, spec: CellSpec, build: (label: string, spec: CellSpec) => Cell): Cell {
  const layer = build(label, spec);
  if (layer.time !== "discrete")
    fail("buildCell", `${label} has continuous time, expected a map: a stack passes new outputs up`);
  if (layer.spec.kind === "low-rank" || (layer.spec.kind === "rate" && layer.spec.state === "current"))
    fail("buildCell", `${label} is a ${layer.spec.kind} network with state "current", expected state "rate"`);
  return layer;
}

function stackedCore(layers: readonly Cell[]): CellCore {
  const offsets: number[] = [];
  let dimension = 0;
  let units = 0;
  for (const layer of layers) {
    offsets.push(dimension);
    dimension += layer.dimension;
    units += layer.units;
  }
  const d = dimension;
  const m = layers[0].inputDimension;
  const depth = layers.length;
  const last = layers[depth - 1];
  const outputRange = [offsets[depth - 1] + last.outputRange[0], offsets[depth - 1] + last.outputRange[1]];

  // One set of work arrays per layer: its state, its input, two state-sized results, an input-sized one.
  const states = layers.map((layer) => new Float64Array(layer.dimension));
  const inputs = layers.map((layer) => new Float64Array(layer.inputDimension));
  const stateChanges = layers.map((layer) => new Float64Array(layer.dimension));
  const inputChanges = layers.map((layer) => new Float64Array(layer.inputDimension));
  const results = layers.map((layer) => new Float64Array(layer.dimension));
  const own = layers.map((layer) => new Float64Array(layer.dimension ** 2));
  const ofInput = layers.map((layer) => new Float64Array(layer.dimension * layer.inputDimension));
  const lifted = layers.map((layer) => new Float64Array(layer.units));
  const changes = layers.map((layer) => new Float64Array(layer.dimension));
  const batchStates = growingScratch();
  const batchInputs = growingScratch();
  const batchResults = growingScratch();

  /** Copies the part of layer l out of a whole state. */
  function take(l: number, x: Vector, part: Vector) {
    for (let i = 0, p = offsets[l]; i < part.length; i++, p++) part[i] = x[p];
  }

  /** The rule; leaves every layer's state in `states`, input in `inputs`, new state in `results`. */
  function forward(x: Vector, u: Vector) {
    for (let l = 0; l < depth; l++) {
      take(l, x, states[l]);
      if (l === 0) inputs[0].set(u);
      else copyOutput(l - 1, results[l - 1], inputs[l]);
      layers[l].rule(states[l], inputs[l], results[l]);
    }
  }

  /** The output of layer l, out of its own state. */
  function copyOutput(l: number, state: Vector, out: Vector) {
    const [start, end] = layers[l].outputRange;
    for (let i = start; i < end; i++) out[i - start] = state[i];
  }

  /** Block (l, columns) += B_l times the output rows of layer l - 1, for columns [0, width) of `out`. */
  function chain(l: number, width: number, stride: number, out: Matrix) {
    const b = ofInput[l];
    const rows = layers[l].dimension;
    const [start, end] = layers[l - 1].outputRange;
    const inputCount = end - start;
    for (let i = 0; i < rows; i++) {
      const target = (offsets[l] + i) * stride;
      for (let k = 0; k < inputCount; k++) {
        const c = b[i * inputCount + k];
        const source = (offsets[l - 1] + start + k) * stride;
        for (let j = 0; j < width; j++) out[target + j] += c * out[source + j];
      }
    }
  }

  const domains = layers.map((layer) => layer.domainOver);

  return {
    time: "discrete",
    dimension: d,
    inputDimension: m,
    units,
    outputRange: [outputRange[0], outputRange[1]],
    restingState: concatenate(layers.map((layer) => layer.initialState)),
    rule(x, u, out) {
      forward(x, u);
      for (let l = 0; l < depth; l++) out.set(results[l], offsets[l]);
    },
    jacobian(x, u, out) {
      forward(x, u);
      out.fill(0);
      for (let l = 0; l < depth; l++) {
        const n = layers[l].dimension;
        layers[l].jacobian(states[l], inputs[l], own[l]);
        for (let i = 0, p = 0; i < n; i++) {
          const row = (offsets[l] + i) * d + offsets[l];
          for (let j = 0; j < n; j++, p++) out[row + j] = own[l][p];
        }
        if (l > 0) {
          layers[l].inputJacobian(states[l], inputs[l], ofInput[l]);
          chain(l, offsets[l], d, out);
        }
      }
    },
    inputJacobian(x, u, out) {
      forward(x, u);
      out.fill(0);
      for (let l = 0; l < depth; l++) {
        layers[l].inputJacobian(states[l], inputs[l], ofInput[l]);
        if (l === 0) out.set(ofInput[0]);
        else chain(l, m, m, out);
      }
    },
    tangent(x, u, v, w, out) {
      forward(x, u);
      for (let l = 0; l < depth; l++) {
        take(l, v, stateChanges[l]);
        if (l === 0) inputChanges[0].set(w);
        else copyOutput(l - 1, changes[l - 1], inputChanges[l]);
        layers[l].tangent(states[l], inputs[l], stateChanges[l], inputChanges[l], changes[l]);
        out.set(changes[l], offsets[l]);
      }
    },
    cotangent(x, u, v, out, outInput) {
      forward(x, u);
      for (let l = depth - 1; l >= 0; l--) {
        take(l, v, stateChanges[l]);
        if (l < depth - 1) {
          const [start, end] = layers[l].outputRange;
          for (let i = start; i < end; i++) stateChanges[l][i] += inputChanges[l + 1][i - start];
        }
        layers[l].cotangent(states[l], inputs[l], stateChanges[l], results[l], inputChanges[l]);
        out.set(results[l], offsets[l]);
      }
      outInput.set(inputChanges[0]);
    },
    ruleBatch(count, all, held, out) {
      for (let l = 0; l < depth; l++) {
        const n = layers[l].dimension;
        const offset = offsets[l];
        const x = batchStates(count * n);
        const next = batchResults(count * n);
        for (let s = 0; s < count; s++) for (let i = 0; i < n; i++) x[s * n + i] = all[s * d + offset + i];
        let below = held;
        if (l > 0) {
          const [start, end] = layers[l - 1].outputRange;
          const width = end - start;
          below = batchInputs(count * width);
          for (let s = 0; s < count; s++)
            for (let i = 0; i < width; i++) below[s * width + i] = out[s * d + offsets[l - 1] + start + i];
        }
        layers[l].ruleBatch(count, x, below, next);
        for (let s = 0; s < count; s++) for (let i = 0; i < n; i++) out[s * d + offset + i] = next[s * n + i];
      }
    },
    lift(x, u, out) {
      let at = 0;
      for (let l = 0; l < depth; l++) {
        take(l, x, states[l]);
        layers[l].lift(states[l], u, lifted[l]);
        out.set(lifted[l], at);
        at += layers[l].units;
      }
    },
    observe(x, _u, out) {
      for (let i = outputRange[0]; i < outputRange[1]; i++) out[i - outputRange[0]] = x[i];
    },
    ...(domains.every((domain) => domain !== undefined) && {
      domainOver(lower: Vector, upper: Vector): Domain {
        const boxes: Domain[] = [];
        for (let l = 0; l < depth; l++) {
          boxes.push(domains[l]!(lower, upper));
          [lower, upper] = [boxes[l].lower, boxes[l].upper].map((bound) =>
            bound.slice(...layers[l].outputRange),
          );
        }
        return {
          lower: concatenate(boxes.map((box) => box.lower)),
          upper: concatenate(boxes.map((box) => box.upper)),
          invariant: boxes.every((box) => box.invariant),
        };
      },
    }),
  };
}

function concatenate(parts: readonly Vector[]): Vector {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}

/** `rnn-dynamics/tfjs`: networks that live in TensorFlow.js. The caller imports TensorFlow.js; this door does not. */
export { fromLayer, type TfjsLayer } from "./fromLayer.js";
export { type FromStepOptions, fromStep, type Tfjs, type TfjsStep } from "./fromStep.js";

// The WebAssembly module: AssemblyScript, float64 in pairs. It owns no memory and keeps no state: every function
// works on the addresses it is given.
export { schur, schurRoom, schurStride, triangularVectors } from "./eigen";
export { cholesky, factorRoom, leastSquares, luFactor } from "./factor";
export { advance, gemv, sparseMultiply, symmetricStep } from "./force";
export { addPacked, leak, multiplyAdd, packWeights } from "./product";
export { exp, sigmoid, tanh } from "./tanh";
export { isFinite } from "./vector";

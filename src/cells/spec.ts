/**
 * Plain, serialisable descriptions of trained networks: what `buildCell` takes and a `Cell` echoes.
 *
 * N units, M inputs, K outputs. Matrices act on column vectors: `recurrent` is N x N and multiplies the
 * state from the left. Gate blocks are stacked in PyTorch's order (GRU r, z, n; LSTM i, f, g, o).
 * Absent tensors are zero.
 */

/** A matrix as users write it: rows, or one flat row-major array. */
export type MatrixLike = Float64Array | Float32Array | readonly number[] | readonly (readonly number[])[];

/** A vector as users write it. */
export type VectorLike = ArrayLike<number>;

/** Names of the elementwise activations; {@link activation} says which convention each follows. */
export type ActivationName =
  | "tanh"
  | "relu"
  | "sigmoid"
  | "softplus"
  | "linear"
  | "elu"
  | "gelu"
  | "leaky-relu"
  | "clipped-relu"
  | "retanh"
  | "hard-tanh"
  | "hard-sigmoid"
  | "erf";

/** Linear readout `y = weight * h + bias`. */
export interface ReadoutSpec {
  /** K x N. */
  readonly weight: MatrixLike;
  /** K. */
  readonly bias?: VectorLike;
  /**
   * What the readout sees: `"state"`, the state itself (LSTM: its h part), or `"rate"`, the activation of
   * the state (a rate network whose state is the current).
   * @defaultValue `"rate"` for a rate or low-rank network with state "current", else `"state"`
   */
  readonly of?: "state" | "rate";
}

interface CommonSpec {
  /** K x N readout. */
  readonly readout?: ReadoutSpec;
  /** The state before the first step, length D. */
  readonly initialState?: VectorLike;
}

/** `x <- phi(W x + W_in u + b)`, optionally with output feedback `+ W_fb y`, y the readout of x. */
export interface VanillaSpec extends CommonSpec {
  readonly kind: "vanilla";
  readonly activation: ActivationName;
  /** W, N x N. */
  readonly recurrent: MatrixLike;
  /** W_in, N x M. */
  readonly input?: MatrixLike;
  /** b, N. */
  readonly bias?: VectorLike;
  /** W_fb, N x K. */
  readonly feedback?: MatrixLike;
}

/**
 * A continuous-time rate network, as a flow or as its Euler map (alpha = dt / tau):
 *
 * state "current": `tau dx/dt = -x + s W phi(x) + W_in u + b + W_fb y`
 * state "rate":    `tau dr/dt = -r + phi(s W r + W_in u + b + W_fb y)`
 * discrete:        `x <- x + alpha (the right-hand side)`
 */
export interface RateSpec extends CommonSpec {
  readonly kind: "rate";
  readonly time: "continuous" | "discrete";
  /** @defaultValue `"current"` */
  readonly state?: "current" | "rate";
  readonly activation: ActivationName;
  /** Time constant, one number or one per unit. @defaultValue `1` */
  readonly tau?: number | VectorLike;
  /** Euler step, in the unit of tau; discrete only. @defaultValue `tau`, i.e. alpha = 1 */
  readonly dt?: number;
  /** Instead of dt / tau; discrete only. */
  readonly alpha?: number | VectorLike;
  /** s, a factor on W, e.g. 1 / N. @defaultValue `1` */
  readonly scale?: number;
  readonly recurrent: MatrixLike;
  readonly input?: MatrixLike;
  readonly bias?: VectorLike;
  readonly feedback?: MatrixLike;
}

/**
 * A rate network whose recurrent matrix is `s m n'` (m, n: N x R), solved in R dimensions.
 *
 * With the input held, `x = m k + W_in u + b` is exact on the invariant set that every trajectory
 * approaches, and `tau dk/dt = -k + s n' phi(m k + W_in u + b)`. The cell's state is k (length R). A map whose
 * state variables decay each at its own rate, without a factor before n', has a `diagonal`.
 */
export interface LowRankSpec extends CommonSpec {
  readonly kind: "low-rank";
  readonly time: "continuous" | "discrete";
  readonly activation: ActivationName;
  readonly tau?: number;
  readonly dt?: number;
  readonly alpha?: number;
  /** What each state variable keeps, R numbers: `k <- diagonal k + s n' phi(x)`. Discrete; excludes tau, dt, alpha. */
  readonly diagonal?: VectorLike;
  /** s, e.g. 1 / N. @defaultValue `1` */
  readonly scale?: number;
  /** R; needed only where `left` is flat and neither `bias` nor `right` says what N is. */
  readonly rank?: number;
  /** m, N x R. */
  readonly left: MatrixLike;
  /** n, N x R. */
  readonly right: MatrixLike;
  /** N x M. */
  readonly input?: MatrixLike;
  /** N. */
  readonly bias?: VectorLike;
}

/**
 * Gated recurrent unit. `resetAfter` (PyTorch, and Keras since TF 2):
 * `n = tanh(W_n u + b_n + r * (U_n h + c_n))`; otherwise (Cho 2014) `n = tanh(W_n u + b_n + U_n (r * h) + c_n)`.
 * Both: `r, z = sigmoid(W u + b + U h + c)`, `h <- (1 - z) * n + z * h`.
 */
export interface GruSpec extends CommonSpec {
  readonly kind: "gru";
  /** @defaultValue `true` */
  readonly resetAfter?: boolean;
  /** U, 3N x N, gate rows r, z, n. */
  readonly recurrent: MatrixLike;
  /** W, 3N x M. */
  readonly input?: MatrixLike;
  /** b, 3N. */
  readonly inputBias?: VectorLike;
  /** c, 3N. */
  readonly recurrentBias?: VectorLike;
}

/**
 * Long short-term memory, state [h; c] of length 2N:
 * `i, f, o = sigmoid(..)`, `g = tanh(..)`, `c <- f * c + i * g`, `h <- o * tanh(c)`.
 */
export interface LstmSpec extends CommonSpec {
  readonly kind: "lstm";
  /** 4N x N, gate rows i, f, g, o. */
  readonly recurrent: MatrixLike;
  /** 4N x M. */
  readonly input?: MatrixLike;
  readonly inputBias?: VectorLike;
  readonly recurrentBias?: VectorLike;
}

/** Piecewise-linear RNN: `z <- A z + W relu(z) + C u + h`, A diagonal (Durstewitz 2017). */
export interface PiecewiseLinearSpec extends CommonSpec {
  readonly kind: "plrnn";
  /** The diagonal of A, N. */
  readonly diagonal: VectorLike;
  /** W, N x N. */
  readonly recurrent: MatrixLike;
  /** C, N x M. */
  readonly input?: MatrixLike;
  /** h, N. */
  readonly bias?: VectorLike;
}

/**
 * Layers of maps: layer 1 sees the input, layer l sees the new output of layer l - 1 (LSTM: its h).
 * The state is the layers' states one after the other; the readout sees the last layer.
 */
export interface StackedSpec extends CommonSpec {
  readonly kind: "stacked";
  readonly layers: readonly CellSpec[];
}

/** Any network the library can build. */
export type CellSpec =
  | VanillaSpec
  | RateSpec
  | LowRankSpec
  | GruSpec
  | LstmSpec
  | PiecewiseLinearSpec
  | StackedSpec;

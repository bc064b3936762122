/**
 * The data by which a complete list of fixed points can be checked with no search. Everything is JSON: numbers, strings
 * and lists.
 *
 * The equation is G(x) = 0 with `G(x) = F^k(x) - x` (maps) or `G(x) = F(x)` (flows), input held; for k = 1 a leaky
 * network (rate, low-rank) is taken at rest: the map with alpha = 1, which has the same fixed points.
 *
 * A **ball** j is the set `|x - state| <= uniqueWithin (1 - 1e-9)`, max norm, of certificate j of `points`. The
 * certificates (existence within `radius`, uniqueness within `uniqueWithin`) are to be checked first, each by itself;
 * some may lie outside a box that the caller gave, and are then no points of the list.
 *
 * **First-order models.** A box has centre `c = lower + (upper - lower) / 2` and half-widths `reach`. Every quantity v
 * on the way to G is enclosed as `|v - v0 - V (x - c)| <= e` and in a range. Sums and products with weights are
 * those of interval arithmetic with `x - c` kept as a symbol. An activation over the range [l, h] of its
 * argument a is replaced by `p + s (a - m) +- d`, with m the middle and s the slope of its secant from l to h (kept
 * within the range of phi' there). d is what follows from phi at l, m, h and from the range of phi' on [l, m] and
 * [m, h]: on each half, `phi - s a` starts and ends at known values and its slope is known within bounds, which
 * leaves a parallelogram; the two parallelograms have a highest and a lowest value, p is in the middle of them and d half
 * their distance. A product `a b` is `a_m b + b_m a - a_m b_m` with half-widths of the two ranges multiplied as the
 * error. The result: `|G(c + y) - g - A y| <= E` for |y| <= reach.
 *
 * **Excluded** means, for some row i: `|g_i| > (sum_j |A_ij| reach_j + E_i) (1 + 1e-9)`; or the same after
 * multiplication with the inverse C of A (any approximate one): `|(C g)_i| > (sum_j |(C A)_ij| reach_j + E'_i)
 * (1 + 1e-9)`, where E' = |C| E, or, for low-rank networks with k = 1, the smaller
 * `E'_i = |s| sum_u |sum_a C_ia n_ua| d_u`, the deviations d_u of the units kept apart until C has acted on them.
 * C is used only where `max |C| max |A| < 1e6`.
 *
 * **Zeros of a box** lie at `c + y` with y_i in `-(C g)_i +- E'_i (1 + 1e-9)` and in `+- reach_i`.
 */
export type CompletenessProof = BoxesProof | RegionsProof | KinksProof | ContractionProof;

/** A certificate as far as a complete list needs it. */
export interface BallClaim {
  readonly state: readonly number[];
  readonly radius: number;
  readonly uniqueWithin: number;
}

/** A box, and why it holds every point. */
export type Start = DomainStart | AsymptoteStart | GivenStart;

interface Box {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/**
 * `cell.domain(input)`, each bound moved outward by `1e-9 (1 + |bound|)`: activations have bounds, and every recurrent
 * state lies in what they allow. For low-rank networks, e.g., `|k_a| <= |s| sum_i |n_ia| sup |phi|`, tightened by one
 * evaluation of the equation over that.
 */
export interface DomainStart extends Box {
  readonly why: "domain";
}

/**
 * Low-rank networks without bounds, k = 1. T0 is the equation with `homogeneous` as activation and neither input nor
 * bias; `|phi - homogeneous| <= gap` everywhere. `faces` has a tree for each of the 2 R faces of the unit cube, in the
 * order k_0 = -1, k_0 = 1, k_1 = -1, ...: codes as in {@link BoxesProof}. In every leaf -1 some row a of the model of
 * `T0(k) - k` has `|g_a| - (sum_b |A_ab| reach_b + E_a) (1 + 1e-9) >= epsilon q_a (1 + 1e-9)`, with
 * `q_a = |s| sum_i |n_ia| (|W_in u + b|_i + gap)`, plus 1e-6 of the largest q (or 1e-6 where all are zero). Then every
 * fixed point has max norm at most 1 / epsilon.
 */
export interface AsymptoteStart extends Box {
  readonly why: "asymptote";
  readonly homogeneous: "relu" | "leaky-relu" | "linear";
  readonly gap: number;
  readonly epsilon: number;
  readonly faces: readonly (readonly number[])[];
}

/** The caller's box: the list is complete within it, and nothing is said of the rest. */
export interface GivenStart extends Box {
  readonly why: "given";
}

/**
 * Bisection. `tree` lists the nodes in preorder, the lower half before the upper:
 * - `d >= 0`: split along coordinate d at `lower + (upper - lower) / 2`, in floating point;
 * - `-1`: excluded;
 * - `-2`: not decided (only where `proved` is false);
 * - `-3 - j`: the box lies in ball j;
 * - `-3 - B - j`, B the number of `balls`: the zeros of the box lie in ball j.
 */
export interface BoxesProof {
  readonly kind: "boxes";
  readonly period: number;
  readonly start: Start;
  readonly tree: readonly number[];
  readonly balls: readonly BallClaim[];
}

/**
 * All linear regions of a piecewise-linear network. The activations met in one evaluation of F^k, unit by unit, in the
 * order of the equation, are the digits of a region's number, the first one the fastest; a digit is the piece between
 * two kinks, from the left. In region p, `G(x) = M x + v`. `verdicts[p]`:
 * - `-1`: the solution of `M x + v = 0` has an argument outside its piece;
 * - `-2`: not decided: M is singular, or an argument is on a kink and the solution in no ball;
 * - `-3 - j`: the solution lies in ball j (and so, whether or not within the region, adds no further point).
 */
export interface RegionsProof {
  readonly kind: "regions";
  readonly period: number;
  /** Number of pieces of every activation, in order. */
  readonly pieces: readonly number[];
  readonly verdicts: readonly number[];
  readonly balls: readonly BallClaim[];
}

/**
 * Branching over the sides of kinks, for piecewise-linear networks with too many regions to visit each: with the arguments
 * a of all S activations (numbered as in {@link RegionsProof}) as unknowns beside the state, z = (x, a), a fixed point
 * solves `L z + K phi(a) + c = 0`, S rows for the arguments and D for `F^k(x) = x`.
 *
 * A part of the search is a range for every argument. In it each activation is a line `t a + p` up to a deviation e (its
 * secant, what is left halved; flat where the range has no end), so that z lies within `|Y K| e` and the roundings of
 * `-Y (c + K p)`, Y an approximate inverse of `L + K T`. Ranges are cut down to that, give or take
 * `1e-9 (1e-3 + |centre| + half-width)`; where one becomes empty the part is excluded.
 *
 * The root: arguments at most `far.size` (relu) or within `+- far.size` (leaky-relu), no bounds elsewhere.
 * `tree` in preorder: `2 j + i`: argument j is split at kink i of its activation, the lower side first; `2 S`: the
 * part is narrowed once more; `-1`, `-2` as in {@link BoxesProof}; `-3 - b`: the x of its solutions lie in ball b.
 */
export interface KinksProof {
  readonly kind: "kinks";
  readonly period: number;
  readonly far: FarProof;
  readonly tree: readonly number[];
  readonly balls: readonly BallClaim[];
}

/**
 * No fixed point has an argument of relu above `size`, or one of leaky-relu outside `+- size` (null where no activation is
 * unbounded). A point at which the largest of these is r > `size`, divided by r, solves the equation with c multiplied by
 * 1 / r and every activation replaced by `phi(r a) / r`: phi itself for relu and leaky-relu, and between 0 and
 * `range / size` for bounded ones; one of its arguments is 1 (or -1, leaky-relu) and the others are at most that. `faces`:
 * a tree for each of these ends, argument by argument, -1 before 1, all parts excluded with c multiplied by [0, 1 / size];
 * arguments of bounded activations are not split.
 */
export interface FarProof {
  readonly size: number | null;
  readonly faces: readonly (readonly number[])[];
}

/**
 * dG/dx is strictly diagonally dominant with these weights at every state of the box, or, where `start` is null, for
 * all slopes that the activations have anywhere:
 * `|dG_i/dx_i| w_i > (1 + 1e-9) sum_(j != i) |dG_i/dx_j| w_j`. Two zeros differ by x with M x = 0, M a member of the
 * interval matrix; such a matrix is regular (Levy 1881, Desplanques 1887), so there is at most one, and ball 0 has one.
 */
export interface ContractionProof {
  readonly kind: "contraction";
  readonly period: number;
  readonly start: Start | null;
  readonly weights: readonly number[];
  readonly balls: readonly BallClaim[];
}

import { checkRows, type Rows } from "../core/check.js";
import type { DynamicalSystem, Vector } from "../core/system.js";
import { type Certificate, type CertifyOptions, certify } from "./certify.js";
import { up } from "./rounding.js";

/** What is proved of a list of states; see {@link certifyAll}. */
export interface CertifiedList {
  /** One for each state, in order. */
  readonly certificates: readonly Certificate[];
  readonly certified: number;
  readonly refuted: number;
  readonly undecided: number;
  /** At least so many different fixed points exist: the balls of these certificates are disjoint. A theorem. */
  readonly distinct: number;
  /** Pairs of states proved to stand for the same point. */
  readonly same: readonly (readonly [number, number])[];
  /** Pairs of certified states whose balls overlap without either being proved: the same point, or two very close. */
  readonly unclear: readonly (readonly [number, number])[];
}

/**
 * Certifies every state of a list ({@link certify}) and tells how many different fixed points that proves.
 *
 * Two certified points differ when their balls of existence are disjoint; they are one when one ball lies within the
 * other's ball of uniqueness. Arguments as `certify`'s; `states` are rows of length D. O(states D^3 + states^2 D).
 *
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
 * const { distinct, certified } = certifyAll(cell, [[0], [0.95750402], [-0.95750402]]);
 * [distinct, certified]; // => [3, 3]
 */
export function certifyAll(cell: DynamicalSystem, states: Rows, options: CertifyOptions = {}): CertifiedList {
  const { data, count, width } = checkRows(
    "certifyAll",
    "states",
    states,
    cell.dimension,
    "the system's dimension",
  );
  const certificates = Array.from({ length: count }, (_, i) =>
    certify(cell, data.subarray(i * width, (i + 1) * width), options),
  );
  const same: [number, number][] = [];
  const unclear: [number, number][] = [];
  let distinct = 0;
  certificates.forEach((b, j) => {
    if (b.status !== "certified") return;
    let apart = true;
    for (let i = 0; i < j; i++) {
      const a = certificates[i];
      if (a.status !== "certified") continue;
      const verdict = compare(a, b);
      if (verdict === "different") continue;
      apart = false;
      (verdict === "same" ? same : unclear).push([i, j]);
    }
    if (apart) distinct++;
  });
  const counted = (status: Certificate["status"]) => certificates.filter((c) => c.status === status).length;
  return {
    certificates,
    certified: counted("certified"),
    refuted: counted("refuted"),
    undecided: counted("undecided"),
    distinct,
    same,
    unclear,
  };
}

/** Whether two certified points are the same, by their balls. */
export function compare(
  a: Pick<Certificate, "state" | "radius" | "uniqueWithin">,
  b: Pick<Certificate, "state" | "radius" | "uniqueWithin">,
): "same" | "different" | "unclear" {
  const [least, most] = distances(a.state, b.state);
  if (least > up(a.radius + b.radius)) return "different";
  const reach = (radius: number) => (most === 0 ? radius : up(most + radius));
  if (reach(b.radius) <= a.uniqueWithin || reach(a.radius) <= b.uniqueWithin) return "same";
  return "unclear";
}

/** Max-norm distance, from below and from above. */
function distances(a: Vector, b: Vector): [number, number] {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return [most * (1 - 2 ** -50), most === 0 ? 0 : up(most)];
}

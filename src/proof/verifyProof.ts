import * as z from "zod";
import type { DynamicalSystem } from "../core/system.js";
import { longestPeriod } from "./certify.js";
import { compare } from "./certifyAll.js";
import { checkComplete } from "./check/checkComplete.js";
import { checkPoint } from "./check/checkPoint.js";
import { digestOf, type Proof, type ProofPoint, proofSchema, textDigest } from "./proof.js";
import type { CompletenessProof } from "./proofFormat.js";
import { specOf } from "./specOf.js";

/** The verdict of {@link verifyProof}. */
export interface Verification {
  /** Every claim was confirmed. */
  readonly valid: boolean;
  /** What was not, each in one line; empty when valid. */
  readonly failures: readonly string[];
  /** Claims confirmed: different points that exist, states with no fixed point near them. */
  readonly confirmed: { readonly certified: number; readonly refuted: number };
  /** States the proof itself leaves open. */
  readonly undecided: number;
  /**
   * "everywhere": the certified points are all fixed points (of F^k) there are. "in a box": all in the box that the
   * proof names. null: nothing of the kind is claimed, or it was not confirmed.
   */
  readonly complete: "everywhere" | "in a box" | null;
  /** The box of a list that is complete in a box. */
  readonly box: { readonly lower: readonly number[]; readonly upper: readonly number[] } | null;
}

const finite = z.number();
const whole = z.number().int().min(0);
const numbers = z.array(finite);
const codes = z.array(z.number().int());
const balls = z.array(
  z.strictObject({ state: numbers, radius: finite.positive(), uniqueWithin: finite.positive() }),
);
const box = { lower: numbers, upper: numbers };
const start = z.discriminatedUnion("why", [
  z.strictObject({ why: z.literal("domain"), ...box }),
  z.strictObject({ why: z.literal("given"), ...box }),
  z.strictObject({
    why: z.literal("asymptote"),
    ...box,
    homogeneous: z.enum(["relu", "leaky-relu", "linear"]),
    gap: finite.min(0),
    epsilon: finite.positive(),
    faces: z.array(codes),
  }),
]);
const period = whole.min(1).max(longestPeriod);
const complete = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("boxes"), period, start, tree: codes, balls }),
  z.strictObject({
    kind: z.literal("regions"),
    period,
    pieces: z.array(whole.min(1)),
    verdicts: codes,
    balls,
  }),
  z.strictObject({
    kind: z.literal("kinks"),
    period,
    far: z.strictObject({ size: finite.positive().nullable(), faces: z.array(codes) }),
    tree: codes,
    balls,
  }),
  z.strictObject({
    kind: z.literal("contraction"),
    period,
    start: start.nullable(),
    weights: numbers,
    balls,
  }),
]);
const schema = z.strictObject({
  schema: z.literal(proofSchema),
  network: z.strictObject({
    kind: z.string(),
    time: z.enum(["discrete", "continuous"]),
    dimension: whole,
    digest: z.string(),
  }),
  input: z.array(finite),
  points: z.array(
    z.strictObject({
      status: z.enum(["certified", "refuted", "undecided"]),
      reason: z.string(),
      state: z.array(finite),
      radius: finite.min(0),
      uniqueWithin: finite.min(0),
      unstable: whole.nullable(),
      period,
      leastPeriod: whole.min(1).nullable(),
      kinkDistance: finite.min(0).nullable(),
    }),
  ),
  complete: complete.nullable(),
  digest: z.string(),
});

/**
 * Checks a proof against the network it is about, by an arithmetic of its own (outward steps after every operation,
 * series with remainders) and with no search. What it shares with the prover is the statement: the network's
 * equation.
 *
 * A proof that is malformed, altered, of another network, or claims what cannot be confirmed is not valid; nothing
 * throws but a system that is no cell. O(points D^3), some ten times the cost of proving.
 *
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
 * const proof = toProof(cell, [certify(cell, [0])]);
 * const forged = { ...proof, points: [{ ...proof.points[0], unstable: 0 }] };
 * verifyProof(forged, cell).valid; // => false
 */
export function verifyProof(proof: unknown, cell: DynamicalSystem): Verification {
  const spec = specOf("verifyProof", cell);
  const failed = (...failures: string[]): Verification => ({
    valid: false,
    failures,
    confirmed: { certified: 0, refuted: 0 },
    undecided: 0,
    complete: null,
    box: null,
  });
  const parsed = schema.safeParse(proof);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    return failed(`not a proof of this format: ${path.join(".") || "the document"}: ${message}`);
  }
  const { digest, ...body } = parsed.data as Proof;
  const { network, input, points } = body;
  if (network.digest !== digestOf(spec))
    return failed("it is about another network: the tensors or the equation differ");
  if (network.kind !== spec.kind || network.time !== cell.time || network.dimension !== cell.dimension)
    return failed("its description of the network does not fit");
  if (input.length !== cell.inputDimension)
    return failed(`it holds ${input.length} inputs, the network has ${cell.inputDimension}`);
  if (textDigest(body) !== digest) return failed("it was altered: its contents do not match its digest");

  const failures: string[] = [];
  const confirmed = { certified: 0, refuted: 0 };
  points.forEach((point, i) => {
    if (point.state.length !== cell.dimension) {
      failures.push(`point ${i}: its state has length ${point.state.length}, expected ${cell.dimension}`);
      return;
    }
    if (point.period > 1 && cell.time === "continuous") {
      failures.push(`point ${i}: a flow has no periods of steps`);
      return;
    }
    const wrong = checkPoint(spec, Float64Array.from(input), {
      ...point,
      state: Float64Array.from(point.state),
    });
    failures.push(...wrong.map((what) => `point ${i}: ${what}`));
    if (wrong.length > 0 || point.status === "undecided") return;
    const again = points
      .slice(0, i)
      .some((other) => other.status === "certified" && other.period === point.period && sameAs(other, point));
    if (point.status === "refuted" || !again) confirmed[point.status]++;
  });
  if (body.complete) {
    const held = Float64Array.from(input);
    failures.push(...checkComplete(cell, spec, held, body.complete).map((what) => `complete list: ${what}`));
    failures.push(...missing(body.complete, points).map((what) => `complete list: ${what}`));
  }
  const start = body.complete && "start" in body.complete ? body.complete.start : null;
  const given = start?.why === "given";
  return {
    valid: failures.length === 0,
    failures,
    confirmed,
    undecided: points.filter(({ status }) => status === "undecided").length,
    complete: failures.length > 0 || !body.complete ? null : given ? "in a box" : "everywhere",
    box: given && failures.length === 0 ? { lower: start.lower, upper: start.upper } : null,
  };
}

/** Whether two claims are about one point. */
function sameAs(a: ProofPoint, b: ProofPoint): boolean {
  const at = (p: ProofPoint) => ({ ...p, state: Float64Array.from(p.state) });
  return a.state.length === b.state.length && compare(at(a), at(b)) === "same";
}

/** Balls of a complete list that no listed point stands for. */
function missing(proof: CompletenessProof, points: Proof["points"]): string[] {
  const { balls, period } = proof;
  const box = "start" in proof && proof.start?.why === "given" ? proof.start : undefined;
  const listed = points
    .filter((p) => p.status === "certified" && p.period === period)
    .map((p) => ({ ...p, state: Float64Array.from(p.state) }));
  return balls.flatMap((ball, j) => {
    // The proof may need the ball of a point beside its box.
    const isBeside =
      box && ball.state.some((x, i) => x + ball.radius < box.lower[i] || x - ball.radius > box.upper[i]);
    if (isBeside) return [];
    const own = { ...ball, state: Float64Array.from(ball.state) };
    return listed.some((p) => p.state.length === own.state.length && compare(p, own) === "same")
      ? []
      : [`ball ${j} is none of the points listed`];
  });
}

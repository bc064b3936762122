import * as z from "zod";
import type { DynamicalSystem } from "../core/system.js";
import { checkPoint } from "./check/checkPoint.js";
import { digestOf, type Proof, proofSchema, textDigest } from "./proof.js";
import { specOf } from "./specOf.js";

/** The verdict of {@link verifyProof}. */
export interface Verification {
  /** Every claim was confirmed. */
  readonly valid: boolean;
  /** What was not, each in one line; empty when valid. */
  readonly failures: readonly string[];
  /** Claims confirmed: points that exist, states with no fixed point near them. */
  readonly confirmed: { readonly certified: number; readonly refuted: number };
  /** States the proof itself leaves open. */
  readonly undecided: number;
}

const finite = z.number();
const whole = z.number().int().min(0);
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
      period: whole.min(1),
      leastPeriod: whole.min(1).nullable(),
      kinkDistance: finite.min(0).nullable(),
    }),
  ),
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
    if (wrong.length === 0 && point.status !== "undecided") confirmed[point.status]++;
  });
  return {
    valid: failures.length === 0,
    failures,
    confirmed,
    undecided: points.filter(({ status }) => status === "undecided").length,
  };
}

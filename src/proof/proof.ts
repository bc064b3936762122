import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { CellSpec } from "../cells/spec.js";
import { checkVector } from "../core/check.js";
import type { DynamicalSystem, Time } from "../core/system.js";
import type { Certificate } from "./certify.js";
import type { CompletenessProof } from "./proofFormat.js";
import { specOf } from "./specOf.js";

/** Names the shape of {@link Proof}; changes when that does. */
export const proofSchema = "rnn-dynamics/proof@1";

/** A certificate as JSON: what is claimed of one state. */
export interface ProofPoint {
  readonly status: Certificate["status"];
  readonly reason: string;
  readonly state: readonly number[];
  readonly radius: number;
  readonly uniqueWithin: number;
  readonly unstable: number | null;
  readonly period: number;
  readonly leastPeriod: number | null;
  readonly kinkDistance: number | null;
}

/** Claims about one network under one held input, which {@link verifyProof} checks by other means and without a search. */
export interface Proof {
  readonly schema: typeof proofSchema;
  readonly network: {
    readonly kind: CellSpec["kind"];
    readonly time: Time;
    readonly dimension: number;
    /** SHA-256 of the model's equation and tensors. */
    readonly digest: string;
  };
  /** The input held. */
  readonly input: readonly number[];
  readonly points: readonly ProofPoint[];
  /** Why `points` are all there are (of this period); null where that is not claimed. */
  readonly complete: CompletenessProof | null;
  /** SHA-256 of all of the above: a changed file is told from a wrong proof. */
  readonly digest: string;
}

/** Options of {@link toProof}. */
export interface ToProofOptions {
  /** The input that was held, length M. @defaultValue zeros */
  readonly input?: ArrayLike<number>;
  /** `proof` of a list of `findAllFixedPoints`: claims that the certified points are all. @defaultValue no such claim */
  readonly complete?: CompletenessProof | null;
}

/**
 * Puts certificates into a form to be written to a file and checked by others, apart from the code that found them.
 *
 * Throws where the system is not a cell or `input` does not fit. O(D points + weights).
 *
 * @example
 * const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
 * const proof = toProof(cell, [certify(cell, [0])]);
 * verifyProof(JSON.parse(JSON.stringify(proof)), cell).valid; // => true
 */
export function toProof(
  cell: DynamicalSystem,
  certificates: readonly Certificate[],
  { input, complete }: ToProofOptions = {},
): Proof {
  const spec = specOf("toProof", cell);
  const m = cell.inputDimension;
  const held = checkVector("toProof", "input", input ?? new Float64Array(m), m, "the system's inputs");
  const body = {
    schema: proofSchema,
    network: {
      kind: spec.kind,
      time: cell.time,
      dimension: cell.dimension,
      digest: digestOf(spec),
    },
    input: Array.from(held, plainZero),
    points: certificates.map((c) => ({
      status: c.status,
      reason: c.reason,
      state: Array.from(c.state, plainZero),
      radius: c.radius,
      uniqueWithin: c.uniqueWithin,
      unstable: c.unstable,
      period: c.period,
      leastPeriod: c.leastPeriod,
      kinkDistance: c.kinkDistance,
    })),
    complete: complete ?? null,
  } as const;
  return { ...body, digest: textDigest(body) };
}

/** JSON has no -0. */
function plainZero(v: number): number {
  return v === 0 ? 0 : v;
}

/** SHA-256 of plain data as canonical JSON (keys in order). */
export function textDigest(data: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonical(data))));
}

/** SHA-256 of what decides a network's fixed points: its equation and tensors, bit for bit, without its initial state. */
export function digestOf(spec: CellSpec): string {
  const { initialState: _, ...model } = spec;
  const fedBack = "feedback" in model && model.feedback !== undefined;
  const { readout, ...rest } = model;
  return textDigest(fedBack ? { ...rest, readout } : rest);
}

function canonical(data: unknown): string {
  if (ArrayBuffer.isView(data)) return canonical(Array.from(data as unknown as ArrayLike<number>, plainZero));
  if (Array.isArray(data)) return `[${data.map(canonical).join(",")}]`;
  if (typeof data === "object" && data !== null)
    return `{${Object.entries(data)
      .filter(([, value]) => value !== undefined)
      .sort(([p], [q]) => (p < q ? -1 : 1))
      .map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`)
      .join(",")}}`;
  return JSON.stringify(data) ?? "null";
}

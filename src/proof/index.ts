/**
 * `rnn-dynamics/proof`: what is certain about fixed points and cycles, by interval arithmetic.
 */
export { type Certificate, type CertifyOptions, certify } from "./certify.js";
export { type CertifiedList, certifyAll } from "./certifyAll.js";
export {
  type CertificateSummary,
  type Certified,
  type CertifiedAnalysis,
  type CertifiedReport,
  certifyAnalysis,
} from "./certifyAnalysis.js";
export {
  type FindAllOptions,
  type FixedPointList,
  findAllFixedPoints,
  type ListedPoint,
} from "./findAllFixedPoints.js";
export type { Orbit } from "./orbits.js";
export { type Proof, type ProofPoint, proofSchema, type ToProofOptions, toProof } from "./proof.js";
export type {
  AsymptoteStart,
  BallClaim,
  BoxesProof,
  CompletenessProof,
  ContractionProof,
  DomainStart,
  FarProof,
  GivenStart,
  KinksProof,
  RegionsProof,
  Start,
} from "./proofFormat.js";
export { type Verification, verifyProof } from "./verifyProof.js";

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { createRandom } from "../../src/core/random.js";
import { readWeights } from "../../src/io/readWeights.js";
import { certify } from "../../src/proof/certify.js";
import { certifyAll } from "../../src/proof/certifyAll.js";
import { type Proof, type ProofPoint, textDigest, toProof } from "../../src/proof/proof.js";
import { verifyProof } from "../../src/proof/verifyProof.js";
import { readStoredTensors } from "../helpers/safetensors.js";

const folder = join(import.meta.dirname, "../fixtures/flipflop/ff3_tanh16");

/** A network with everything a proof can claim: points, a state without one, a cycle, a kink. */
async function example() {
  const { cell } = await readWeights(join(folder, "weights.safetensors"));
  const truth = readStoredTensors(join(folder, "test.safetensors"))["gt.zero.x"];
  const states = Float64Array.from(truth.data);
  const away = states.slice(0, 16).map((v) => v + 0.01);
  const { certificates } = certifyAll(cell, states);
  return { cell, proof: toProof(cell, [...certificates, certify(cell, away)]) };
}

function kinked() {
  const cell = buildCell({
    kind: "plrnn",
    diagonal: [0.5, -0.9],
    recurrent: [
      [-1, 0],
      [0.2, -0.5],
    ],
    bias: [1, -1],
  });
  const flip = certify(cell, [0.6, -0.5], { within: 10 });
  return { cell, proof: toProof(cell, [flip]) };
}

function cycling() {
  const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[-2]], input: [[1]] });
  return {
    cell,
    proof: toProof(
      cell,
      [0.9, -0.9, 0].map((x) => certify(cell, [x], { period: 2, within: 0.3, input: [0.01] })),
      { input: [0.01] },
    ),
  };
}

/** The proof through a file, with its digest made again: what a forger would do. */
const signed = ({ digest: _, ...body }: Proof): Proof => {
  const plain = JSON.parse(JSON.stringify(body));
  return { ...plain, digest: textDigest(plain) };
};

describe("verifyProof", () => {
  test("confirms what certify proves, by an arithmetic of its own", async () => {
    for (const { cell, proof } of [await example(), kinked(), cycling()]) {
      const written = JSON.parse(JSON.stringify(proof));
      const { failures, confirmed } = verifyProof(written, cell);
      expect(failures).toEqual([]);
      expect(confirmed.certified + confirmed.refuted).toBe(proof.points.length);
    }
  });

  test("a proof altered in any number, its digest left alone, is told from the true one", async () => {
    const { cell, proof } = await example();
    const random = createRandom(11);
    const text = JSON.stringify(proof);
    const digits = [...text.matchAll(/\d/g)]
      .map((m) => m.index!)
      .filter((at) => at < text.lastIndexOf('"digest"'));
    for (let k = 0; k < 1000; k++) {
      const at = digits[Math.floor(random.uniform() * digits.length)];
      const other = String((Number(text[at]) + 1 + Math.floor(random.uniform() * 8)) % 10);
      const altered = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
      let parsed: Proof;
      try {
        parsed = JSON.parse(altered);
      } catch {
        continue; // a leading zero: no longer JSON
      }
      // Digits beyond the precision of a float change nothing.
      if (JSON.stringify(parsed) === text) continue;
      expect(verifyProof(parsed, cell).valid).toBe(false);
    }
  });

  test("a forged claim fails even with a fresh digest, in 1,000 random places that matter", async () => {
    const examples = [await example(), kinked(), cycling()];
    const random = createRandom(12);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random.uniform() * list.length)];
    type Draft<T> = { -readonly [K in keyof T]: Draft<T[K]> };
    type Forgery = readonly [
      applies: (p: ProofPoint) => boolean,
      forge: (p: Draft<ProofPoint>, d: Draft<Proof>) => void,
    ];
    const certified = (p: ProofPoint) => p.status === "certified";
    const forgeries: readonly Forgery[] = [
      [
        certified,
        (p) => {
          const i = Math.floor(random.uniform() * p.state.length);
          p.state[i] += pick([1, -1]) * 3 * p.radius * (1 + 1e6 * random.uniform());
        },
      ],
      [certified, (p) => void (p.radius *= 1e-4 * random.uniform())],
      [certified, (p) => void (p.radius = p.uniqueWithin * (2 + 9 * random.uniform()))],
      [(p) => p.status === "refuted", (p) => void (p.radius *= 1e5)],
      [
        (p) => certified(p) && p.uniqueWithin < 1,
        (p) => void (p.uniqueWithin *= 20 + 100 * random.uniform()),
      ],
      [(p) => p.unstable !== null, (p) => void (p.unstable = p.unstable! + pick([1, 2]))],
      [(p) => (p.unstable ?? 0) > 0, (p) => void (p.unstable = p.unstable! - 1)],
      [(p) => p.status === "refuted", (p) => void (p.unstable = 1)],
      [(p) => p.period > 1, (p) => void (p.leastPeriod = p.leastPeriod === 1 ? 2 : 1)],
      [(p) => certified(p) && p.leastPeriod! > 1, (p) => void (p.period = 3)],
      [certified, (p) => void (p.kinkDistance = (p.kinkDistance ?? 0) * 2 + 0.1)],
      [certified, (p) => void (p.status = "refuted")],
      [(p) => p.status === "refuted", (p) => void (p.status = "certified")],
      [certified, (_, d) => void (d.input = d.input.map((v) => v + 0.1 + random.uniform()))],
      [() => true, (_, d) => void (d.network.digest = "0".repeat(64))],
    ];
    let tried = 0;
    const accepted: string[] = [];
    for (let k = 0; tried < 1000; k++) {
      const { cell, proof } = pick(examples);
      const draft = structuredClone(proof) as Draft<Proof>;
      draft.points = [pick(draft.points)];
      const [applies, forge] = pick(forgeries);
      if (!applies(draft.points[0])) continue;
      const before = JSON.stringify(draft);
      forge(draft.points[0], draft);
      if (JSON.stringify(draft) === before) continue; // no inputs to alter
      tried++;
      if (verifyProof(signed(draft), cell).valid)
        accepted.push(`${forge}: ${JSON.stringify(draft.points[0])}`.slice(0, 300));
      expect(k).toBeLessThan(20_000);
    }
    expect(accepted.slice(0, 3)).toEqual([]);
  });

  test("says in one line why a document is no proof of this network", async () => {
    const { cell, proof } = kinked();
    const one = (document: unknown) => verifyProof(document, cell).failures;
    expect(one(null)).toEqual([expect.stringMatching(/^not a proof of this format: the document: /)]);
    expect(one({ ...proof, schema: "other" })).toEqual([
      expect.stringMatching(/^not a proof of this format: schema: /),
    ]);
    expect(one({ ...proof, extra: 1 })).toHaveLength(1);
    expect(one(signed({ ...proof, input: [0] }))).toEqual(["it holds 1 inputs, the network has 0"]);
    expect(one({ ...proof, input: [], points: [] })).toEqual([
      "it was altered: its contents do not match its digest",
    ]);
    const short = { ...proof.points[0], state: [1] };
    expect(one(signed({ ...proof, points: [short] }))).toEqual([
      "point 0: its state has length 1, expected 2",
    ]);
    const other = buildCell({
      kind: "plrnn",
      diagonal: [0.5, -0.9],
      recurrent: [
        [-1, 0],
        [0.2, -0.5],
      ],
      bias: [1, -1.0001],
    });
    expect(verifyProof(proof, other).failures).toEqual([
      "it is about another network: the tensors or the equation differ",
    ]);
    expect((await example()).proof.points.length).toBe(28);
  });

  test("knows a network by its equation and tensors, not by its initial state or readout", () => {
    const cell = (extra: object) =>
      buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]], ...extra });
    const proof = toProof(cell({}), [certify(cell({}), [0])]);
    expect(verifyProof(proof, cell({ initialState: [1], readout: { weight: [[3]] } })).valid).toBe(true);
    expect(verifyProof(proof, cell({ bias: [1e-9] })).valid).toBe(false);
  });
});

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildCell } from "../../src/cells/build.js";
import { randomSpec } from "../../src/cells/initialise.js";
import type { CellSpec } from "../../src/cells/spec.js";
import { createRandom } from "../../src/core/random.js";
import { readWeights } from "../../src/io/readWeights.js";
import { certify } from "../../src/proof/certify.js";
import { certifyAll } from "../../src/proof/certifyAll.js";
import { findAllFixedPoints } from "../../src/proof/findAllFixedPoints.js";
import { type Proof, type ProofPoint, textDigest, toProof } from "../../src/proof/proof.js";
import type { CompletenessProof } from "../../src/proof/proofFormat.js";
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

  test("replays complete lists: boxes, boxes at infinity, regions, dominance, periods", () => {
    for (const { cell, proof } of completeLists()) {
      expect(proof.complete).not.toBe(null);
      const { failures, complete } = verifyProof(JSON.parse(JSON.stringify(proof)), cell);
      expect([failures, complete]).toEqual([[], "everywhere"]);
    }
  });

  test("a list with a point left out is not complete, whatever its proof says", () => {
    for (const { cell, proof } of completeLists()) {
      if (proof.points.length < 2) continue;
      const less = signed({ ...proof, points: proof.points.slice(1) });
      expect(verifyProof(less, cell).failures).toEqual([
        expect.stringMatching(/^complete list: ball \d+ is none of the points listed$/),
      ]);
    }
  });

  test("forged trees, verdicts, weights and start boxes are found out", () => {
    const random = createRandom(13);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random.uniform() * list.length)];
    const examples = completeLists();
    let tried = 0;
    const accepted: string[] = [];
    for (let k = 0; k < 250; k++) {
      const { cell, proof } = pick(examples);
      const complete = structuredClone(proof.complete) as unknown as Loose;
      const forged = pick(forgeries)(complete, pick);
      if (!forged || JSON.stringify(complete) === JSON.stringify(proof.complete)) continue;
      tried++;
      const draft = signed({ ...proof, complete: complete as unknown as CompletenessProof });
      if (verifyProof(draft, cell).valid) accepted.push(forged);
    }
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(60);
  });
});

/** A proof whose fields may be set to anything of their type. */
type Loose = {
  kind: string;
  start: {
    why: string;
    lower: number[];
    upper: number[];
    epsilon?: number;
    gap?: number;
    faces?: number[][];
  } | null;
  tree: number[];
  verdicts: number[];
  weights: number[];
  far: { size: number | null; faces: number[][] };
  balls: { state: number[]; radius: number; uniqueWithin: number }[];
};

/** Each changes a claim into one that is false or cannot be shown, and names what it did; "" where it does not apply. */
const forgeries: readonly ((c: Loose, pick: <T>(list: readonly T[]) => T) => string)[] = [
  (c, pick) => {
    if (c.kind !== "boxes") return "";
    // One of the boxes that are said to lie in a ball has its point in it: all of them cannot be empty.
    const ball = pick([...c.balls.keys()]);
    c.tree = c.tree.map((code) => (code <= -3 && (-3 - code) % c.balls.length === ball ? -1 : code));
    return "a box with a point excluded";
  },
  (c, pick) => {
    if (c.kind !== "boxes" || c.balls.length < 2) return "";
    const leaves = [...c.tree.keys()].filter((i) => c.tree[i] <= -3);
    const at = pick(leaves);
    const code = -3 - c.tree[at];
    const [whole, ball] = [code < c.balls.length, code % c.balls.length];
    c.tree[at] = -3 - ((ball + 1) % c.balls.length) - (whole ? 0 : c.balls.length);
    return "another ball";
  },
  (c, pick) => {
    if (c.kind !== "boxes") return "";
    const splits = [...c.tree.keys()].filter((i) => c.tree[i] >= 0);
    if (splits.length < 2) return "";
    c.tree.splice(pick(splits), 1);
    return "a split left out";
  },
  (c) => {
    if (c.kind !== "boxes") return "";
    c.tree.pop();
    return "the last leaf left out";
  },
  (c) => {
    if (c.start?.why !== "domain") return "";
    c.start.upper[0] = c.start.lower[0] + (c.start.upper[0] - c.start.lower[0]) / 2;
    return "half of the start box";
  },
  (c) => {
    if (c.start?.why !== "asymptote") return "";
    c.start.epsilon = c.start.epsilon! * 1000;
    return "a larger epsilon";
  },
  (c) => {
    if (c.start?.why !== "asymptote") return "";
    c.start.faces!.pop();
    return "a face left out";
  },
  (c, pick) => {
    if (c.kind !== "regions") return "";
    const solved = [...c.verdicts.keys()].filter((i) => c.verdicts[i] <= -3);
    if (solved.length === 0) return "";
    // Only where the solution is well within its region is the verdict false for certain: forge all at once.
    for (const i of solved) c.verdicts[i] = -1;
    void pick;
    return "regions without their solutions";
  },
  (c) => {
    if (c.kind !== "regions") return "";
    c.verdicts.pop();
    return "a region left out";
  },
  (c) => {
    if (c.kind !== "kinks") return "";
    c.tree = c.tree.map((code) => (code <= -3 ? -1 : code));
    return "a side of kinks with a point excluded";
  },
  (c, pick) => {
    if (c.kind !== "kinks") return "";
    const splits = [...c.tree.keys()].filter((i) => c.tree[i] >= 0 && c.tree[i] < 22);
    c.tree.splice(pick(splits), 2);
    return "a part left out";
  },
  (c) => {
    if (c.kind !== "kinks") return "";
    c.far.size = c.far.size! / 1e4;
    return "arguments closer in";
  },
  (c) => {
    if (c.kind !== "kinks") return "";
    c.far.faces.pop();
    return "an end left out";
  },
  (c) => {
    if (c.kind !== "kinks") return "";
    c.far = { size: null, faces: [] };
    return "no bound at all";
  },
  (c) => {
    if (c.kind !== "contraction") return "";
    c.weights[0] *= 1e6;
    return "other weights";
  },
  (c, pick) => {
    const ball = pick(c.balls);
    ball.uniqueWithin = 1e3 * (1 + ball.uniqueWithin);
    return c.balls.length > 1 ? "a ball that holds all" : "";
  },
];

function completeLists() {
  const specs: [CellSpec, number?][] = [
    [randomSpec("low-rank", { units: 60, rank: 1, gain: 2.5 }, 1)],
    [randomSpec("low-rank", { units: 40, rank: 2, gain: 2.2 }, 2)],
    [randomSpec("low-rank", { units: 30, rank: 2, gain: 0.9, activation: "softplus" }, 2)],
    [randomSpec("low-rank", { units: 30, rank: 1, gain: 3, time: "discrete", alpha: 1 }, 3), 2],
    [randomSpec("gru", { units: 2, gain: 4 }, 3)],
    [
      {
        kind: "vanilla",
        activation: "tanh",
        recurrent: [
          [2, 0.3],
          [-0.3, 1.8],
        ],
      },
    ],
    [randomSpec("plrnn", { units: 4, gain: 1.4 }, 4)],
    [
      {
        kind: "vanilla",
        activation: "relu",
        recurrent: [
          [2, -1],
          [-1, 0.5],
        ],
        bias: [-0.5, 1],
      },
    ],
    [randomSpec("vanilla", { units: 12, gain: 0.2 }, 4)],
    [
      {
        ...randomSpec("vanilla", { units: 11, gain: 1.5, activation: "relu" }, 6),
        bias: Array.from({ length: 11 }, (_, i) => Math.sin(3 * i)),
      } as CellSpec,
    ],
  ];
  return specs.map(([spec, period = 1]) => {
    const cell = buildCell(spec);
    const list = findAllFixedPoints(cell, { period });
    expect([spec.kind, list.proved]).toEqual([spec.kind, true]);
    return { cell, proof: toProof(cell, list.points, { complete: list.proof }) };
  });
}

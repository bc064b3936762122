import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type ClassifyFlags, classifyCommand, type MechanismFile } from "../../src/cli/classifyCommand.js";
import { writeSafetensors } from "../../src/io/index.js";
import type { ReportData } from "../../src/report/index.js";
import { requireBuild, root } from "../helpers/files.js";
import { run as runProgram } from "../helpers/run.js";

let folder = "";
const at = (name: string) => join(folder, name);

/** A bistable network of two units, its readout, and two labelled states. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "classify-"));
  const network = {
    schema: "rnn-dynamics/cell@1",
    kind: "vanilla",
    activation: "tanh",
    recurrent: [
      [2, 0],
      [0, 0.3],
    ],
    readout: { weight: [[1, 0]] },
  };
  writeFileSync(at("network.json"), JSON.stringify(network));
  writeFileSync(
    at("memories.safetensors"),
    writeSafetensors([
      { name: "states", shape: [2, 2], data: [0.5, 0.1, -0.5, 0.2] },
      { name: "labels", shape: [2], data: [1, 2] },
      { name: "short", shape: [1], data: [1] },
    ]),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

async function run(change: Partial<ClassifyFlags> = {}): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  await classifyCommand(at("network.json"), {
    memories: `${at("memories.safetensors")}:states`,
    labels: `${at("memories.safetensors")}:labels`,
    delay: 20,
    seed: 0,
    quiet: false,
    ...change,
  });
  vi.restoreAllMocks();
  return written.join("");
}

describe("classify", () => {
  test("prints the label, the reasons and the memories for people", async () => {
    const text = await run();
    expect(text).toMatch(/^Label {4}direct-fixed-point$/m);
    expect(text).toMatch(/^Reasons$/m);
    expect(text).toMatch(/the authors' rule says fixedPoint2/);
    expect(text.split("\n").filter((line) => /^ {2}[12] +fixed-point/.test(line)).length).toBe(2);
  });

  test("--json - writes the document and nothing else; --json FILE writes the same", async () => {
    const document = JSON.parse(await run({ json: "-" })) as MechanismFile;
    expect(document).toMatchObject({
      schema: "rnn-dynamics/mechanism@1",
      label: "direct-fixed-point",
      network: { kind: "vanilla" },
      memories: [
        { label: 1, limit: "fixed-point", attractor: 0 },
        { label: 2, limit: "fixed-point", attractor: 1 },
      ],
      attractors: [
        { id: 0, type: "fixed-point" },
        { id: 1, type: "fixed-point" },
      ],
      options: { delay: 20, seed: 0 },
    });
    for (const field of ["confidence", "runnerUp", "reasons", "separability", "speeds", "originalRule"])
      expect(document).toHaveProperty(field);
    expect(await run({ json: at("out.json"), quiet: true })).toBe("");
    expect(JSON.parse(readFileSync(at("out.json"), "utf8"))).toEqual(document);
  });

  test("--html writes a page with the way of each memory, from where it was to where it ends", async () => {
    expect(await run({ html: at("page.html") })).toMatch(/written: .*page\.html/);
    const html = readFileSync(at("page.html"), "utf8");
    const embedded = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(html)![1]!;
    const { axes, mechanism, points, title } = JSON.parse(embedded) as ReportData;
    expect([title, mechanism!.label, points.length]).toEqual(["network.json", "direct-fixed-point", 3]);
    const [x1, x2] = ["x1", "x2"].map((name) => axes.findIndex((axis) => axis.name === name));
    const ways = mechanism!.paths.map(({ at }) => at.map((place) => [place[x1!]!, place[x2!]!]));
    for (const [i, way] of ways.entries()) {
      expect(way).toHaveLength(21);
      let [x, y] = i === 0 ? [0.5, 0.1] : [-0.5, 0.2];
      for (const [a, b] of way) {
        expect(a).toBeCloseTo(x!, 6);
        expect(b).toBeCloseTo(y!, 6);
        [x, y] = [Math.tanh(2 * x!), Math.tanh(0.3 * y!)];
      }
      const end = mechanism!.paths[i]!.end!;
      expect(end[x1!]).toBeCloseTo(i === 0 ? 0.957504 : -0.957504, 5); // x = tanh 2x
      expect(end[x2!]).toBeCloseTo(0, 6);
    }
  });

  test("what does not fit is refused in one line that says what is there", async () => {
    const file = at("memories.safetensors");
    const refusals: [Partial<ClassifyFlags>, string][] = [
      [
        { labels: `${file}:short` },
        'tensor "short" has shape [1], expected 2 numbers (one label per memory)',
      ],
      [{ labels: `${file}:missing` }, 'no tensor "missing", expected one of'],
      [{ memories: `${file}:labels`, labels: `${file}:short` }, "has 1 different labels"],
      [{ delay: 2.5 }, "delay is 2.5, expected an integer"],
      [{ horizon: 3 }, "horizon is 3"],
      [{ input: [1] }, "--input has 1 values, expected 0"],
      [{ json: join(folder, "no", "such", "folder") }, "cannot be written"],
      [{ html: join(folder, "no", "such", "folder") }, "cannot be written"],
      [{ html: at("network.json") }, "would overwrite a file that is read"],
      [{ html: file }, "would overwrite a file that is read"],
      [{ html: "-" }, "--html is -, expected a file"],
    ];
    for (const [change, message] of refusals) {
      const failure = await run(change).then(
        () => "",
        (error: Error) => error.message,
      );
      expect(failure).toContain(message);
      expect(failure).not.toContain("\n");
    }
  });
});

test("classify writes the same bytes on any number of workers", async () => {
  requireBuild();
  const memories = at("memories.safetensors");
  const files = await Promise.all(
    ["1", "2"].map(async (workers) => {
      const command = [
        "dist/cli/main.js",
        "classify",
        at("network.json"),
        "--delay",
        "20",
        "--workers",
        workers,
      ];
      const input = ["--memories", `${memories}:states`, "--labels", `${memories}:labels`];
      const ran = await runProgram(process.execPath, [...command, ...input, "--quiet", "--json", "-"], root);
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      return ran.stdout;
    }),
  );
  expect(files[1]).toBe(files[0]);
  expect(JSON.parse(files[0]).label).toBe("direct-fixed-point");
});

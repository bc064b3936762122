import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomSpec } from "../../src/index.js";
import { toJSON, writeSafetensors } from "../../src/io/index.js";
import { requireBuild } from "../helpers/files.js";

const main = "dist/cli/main.js";
const gru = "test/fixtures/flipflop/ff3_gru16/weights.safetensors";
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function save(name: string, bytes: Uint8Array | string): string {
  writeFileSync(at(name), bytes);
  return at(name);
}

const tensor = (name: string, shape: number[], data: number[]) => ({ name, shape, data });

describe("rnn-dynamics analyze", () => {
  test("writes the analysis it promises as JSON, and nothing else on standard output", () => {
    const starts = "examples/flipflop/ff3_gru16-starts.safetensors:inits";
    const { status, stdout, stderr } = run(
      "analyze",
      gru,
      "--starts",
      starts,
      "--json",
      "-",
      "--period",
      "2",
      "--slow",
    );
    expect([status, stderr]).toEqual([0, ""]);
    const analysis = JSON.parse(stdout);
    expect(analysis.schema).toBe("rnn-dynamics/analysis@1");
    expect(analysis.points).toHaveLength(27);
    for (const point of analysis.points) {
      expect(point.q).toBeLessThan(1e-20);
      expect(point.state).toHaveLength(16);
      expect(point.eigenvalues[0]).toHaveLength(2);
      expect(Object.keys(point)).toEqual(
        expect.arrayContaining([
          "id",
          "gradientNorm",
          "stability",
          "unstableDimension",
          "timeConstants",
          "fromStarts",
        ]),
      );
    }
    const { total, ...ends } = analysis.starts;
    expect(Object.values(ends as Record<string, number>).reduce((sum, v) => sum + v)).toBe(total);
    expect(Object.keys(ends)).toEqual(
      expect.arrayContaining(["fixed", "slow", "stalled", "leftDomain", "outOfSteps"]),
    );
    expect(analysis.completeness).toMatchObject({ indexSum: 1, expected: 1, verdict: "consistent" });
    expect(analysis.attractors.unexplained).toEqual([]);
    expect(analysis.timing.total).toBeGreaterThan(0);
    expect(analysis.cycles).toEqual([]);
    expect(analysis.slowPoints).toEqual([]);
  });

  test("writes a page and figures, and names them", () => {
    const flags = [
      "--starts",
      "examples/flipflop/ff3_gru16-starts.safetensors:inits",
      "--json",
      at("page.json"),
    ];
    const looks = ["--html", at("page.html"), "--figures", at("figures"), "--axes", "output1,pc2"];
    const { status, stdout, stderr } = run("analyze", gru, ...flags, ...looks);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`written: ${at("page.json")}, ${at("page.html")}, ${at("figures")}`);
    const page = readFileSync(at("page.html"), "utf8");
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)![1]!);
    const analysis = JSON.parse(readFileSync(at("page.json"), "utf8"));
    expect(data.network).toEqual(analysis.network);
    expect(data.ends).toEqual(analysis.ends);
    expect(data.points.map((p: { at: number[] }) => p.at[0])).toEqual(
      analysis.points.map((p: { readout: number[] }) => expect.closeTo(p.readout[0]!, 5)),
    );
    expect(data.trajectories.lengths).toHaveLength(100);
    for (const name of ["state-space", "eigenvalues", "q-histogram", "saturation", "speed"])
      expect(readFileSync(at(`figures/${name}.svg`), "utf8")).toMatch(/^<svg /);
  });

  test.each([
    [["--html", "examples/flipflop/ff3_gru16.safetensors"], "would overwrite a file that is read"],
    [["--html", "same", "--json", "same"], "--json and --html both name same"],
    [["--axes", "pc1,left"], "names such as pc1"],
  ])("refuses %j", (flags, message) => {
    const { status, stderr } = run("analyze", "examples/flipflop/ff3_gru16.safetensors", ...flags);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  test("prints the same for the same seed, timing aside", () => {
    const once = () => {
      const { timing, ...rest } = JSON.parse(run("analyze", gru, "--seed", "7", "--json", "-").stdout);
      return rest;
    };
    expect(once()).toEqual(once());
  });

  test("writes the same bytes with any number of workers, timing aside", () => {
    const on = (...flags: string[]) =>
      run("analyze", gru, "--slow", "--period", "2", "--json", "-", ...flags).stdout.replace(
        /"timing":.*/,
        "",
      );
    const alone = on("--workers", "1");
    expect(alone.length).toBeGreaterThan(1000);
    expect(on("--workers", "2")).toBe(alone);
    expect(on()).toBe(alone);
    expect(JSON.parse(`${alone.slice(0, alone.lastIndexOf(","))}}`).kernel).toMatch(/^wasm-fma$/);
    for (const bad of ["0", "1.5", "2000", "x"])
      expect(run("analyze", gru, "--workers", bad)).toMatchObject({ status: 2, stdout: "" });
  });

  test("ends on an interrupt while its workers search, without output", async () => {
    const cell = save(
      "large.json",
      JSON.stringify(toJSON(randomSpec("vanilla", { units: 200, gain: 1.5 }, 1))),
    );
    const starts = save(
      "starts.safetensors",
      writeSafetensors([tensor("x", [400, 200], new Array(80_000).fill(0.1))]),
    );
    const flags = ["--starts", starts, "--workers", "2", "--json", "-"];
    const child = spawn(process.execPath, [main, "analyze", cell, ...flags]);
    let printed = "";
    child.stdout.on("data", (data) => (printed += data));
    child.stderr.on("data", (data) => (printed += data));
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
    setTimeout(() => child.kill("SIGINT"), 3000);
    // On a machine so busy that the search has not begun by then, the signal itself ends the process.
    expect([130, "SIGINT"]).toContain(await ended);
    expect(printed).toBe("");
  });

  test("says nothing with --quiet, and refuses to overwrite what it reads", () => {
    expect(run("analyze", gru, "--quiet")).toEqual({ status: 0, stdout: "", stderr: "" });
    const copy = save("copy.safetensors", readFileSync(gru));
    const { status, stderr } = run("analyze", copy, "--json", copy);
    expect([status, stderr]).toEqual([2, expect.stringContaining("would overwrite a file that is read")]);
    expect(readFileSync(copy)).toEqual(readFileSync(gru));
  });

  test("analyses a flow, and an exact plane of fixed points of a relu network, to the end", () => {
    const flow = save("flow.safetensors", writeSafetensors([tensor("weight_hh", [2, 2], [2, -2, 2, 2])]));
    const model = save(
      "flow.json",
      JSON.stringify({
        schema: "rnn-dynamics/model@1",
        kind: "rate",
        time: "continuous",
        activation: "tanh",
        tensors: { recurrent: "weight_hh" },
      }),
    );
    const turning = JSON.parse(run("analyze", flow, "--model", model, "--json", "-").stdout);
    expect(turning.attractors.reached.map((a: { type: string }) => a.type)).toEqual(["limit-cycle"]);
    expect(turning.attractors.unexplained).toHaveLength(1);
    const cell = {
      kind: "vanilla",
      activation: "relu",
      recurrent: [
        [1, 0],
        [0, 1],
      ],
    } as const;
    const relu = save("relu.json", JSON.stringify(toJSON(cell)));
    const plane = run("analyze", relu);
    expect([plane.status, plane.stderr]).toEqual([0, ""]);
    expect(plane.stdout).toContain("continuum of fixed points");
  });

  test("ends quietly when its reader goes away", () => {
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", `set -o pipefail; node ${main} inspect ${gru} | true`],
      {
        encoding: "utf8",
      },
    );
    expect([status, stderr]).toEqual([0, ""]);
  });

  const bad: [name: string, says: RegExp, args: () => string[]][] = [
    ["a missing file", /nowhere\.safetensors: no such file/, () => ["analyze", "nowhere.safetensors"]],
    ["a directory", /is a directory/, () => ["analyze", "src"]],
    ["a device", /is a device/, () => ["inspect", "/dev/zero"]],
    [
      "a truncated header",
      /cut\.safetensors: /,
      () => ["analyze", save("cut.safetensors", readFileSync(gru).subarray(0, 40))],
    ],
    [
      "a lying header",
      /lie\.safetensors: /,
      () => ["analyze", save("lie.safetensors", new Uint8Array([255, 255, 255, 255, 255, 255, 0, 0, 123]))],
    ],
    [
      "NaN weights",
      /nan\.safetensors: .*weight_hh_l0.*NaN/,
      () => [
        "analyze",
        save(
          "nan.safetensors",
          writeSafetensors([
            tensor("weight_hh_l0", [2, 2], [1, Number.NaN, 0, 1]),
            tensor("weight_ih_l0", [2, 1], [1, 1]),
          ]),
        ),
      ],
    ],
    [
      "a tensor of the wrong shape",
      /shape\.safetensors: .*\[2, 3\]/,
      () => [
        "analyze",
        save(
          "shape.safetensors",
          writeSafetensors([
            tensor("weight_hh_l0", [2, 3], [1, 2, 3, 4, 5, 6]),
            tensor("weight_ih_l0", [2, 1], [1, 1]),
          ]),
        ),
      ],
    ],
    [
      "an unknown network",
      /odd\.safetensors: .*odd/,
      () => ["analyze", save("odd.safetensors", writeSafetensors([tensor("odd", [1], [1])]))],
    ],
    [
      "an unknown cell",
      /kind/,
      () => [
        "analyze",
        gru,
        "--model",
        save("cell.json", '{"schema":"rnn-dynamics/model@1","kind":"transformer"}'),
      ],
    ],
    [
      "input of the wrong length",
      /--input has 2 values, expected 3/,
      () => ["analyze", gru, "--input", "1,2"],
    ],
    ["input that is no number", /NaN/, () => ["analyze", gru, "--input", "1,NaN,2"]],
    ["a period of zero", /1 to 1000/, () => ["analyze", gru, "--period", "0"]],
    ["a period without end", /1 to 1000/, () => ["analyze", gru, "--period", "1e9"]],
    [
      "starts of the wrong width",
      /expected rows of 16/,
      () => [
        "analyze",
        gru,
        "--starts",
        `${save("thin.safetensors", writeSafetensors([tensor("x", [1, 2], [1, 2])]))}:x`,
      ],
    ],
    [
      "starts with a name that acts on the terminal",
      /\\u001b\[31m/,
      () => [
        "analyze",
        gru,
        "--starts",
        `${save("esc.safetensors", writeSafetensors([tensor("\u001b[31mred\n", [1, 2], [1, 2])]))}:y`,
      ],
    ],
    [
      "an empty table of starts",
      /is empty/,
      () => [
        "analyze",
        gru,
        "--starts",
        `${save("none.safetensors", writeSafetensors([tensor("x", [0, 16], [])]))}:x`,
      ],
    ],
    ["an unknown command", /unknown command/, () => ["analyse", gru]],
    ["an unknown flag", /unknown option/, () => ["analyze", gru, "--fast"]],
  ];
  test.each(bad)("%s: exit code 2, one line, no stack trace", (_name, says, args) => {
    const { status, stdout, stderr } = run(...args());
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain("\u001b");
    expect([status, stdout]).toEqual([2, ""]);
  });
});

describe("rnn-dynamics inspect", () => {
  test("shows tensors, what they are taken as, and a model spec that can be passed back", () => {
    const { status, stdout } = run("inspect", gru);
    expect(status).toBe(0);
    expect(stdout).toMatch(/weight_hh_l0 +\[48, 16\] +F32 +recurrent/);
    const spec = stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1);
    const model = save("back.json", spec);
    const a = JSON.parse(run("analyze", gru, "--model", model, "--json", "-").stdout);
    expect(a.points).toHaveLength(27);
  });

  test("writes out names that would act on the terminal", () => {
    const file = save(
      "names.safetensors",
      writeSafetensors([tensor("\u001b[31mred\u0007\n\u202e", [1], [1])]),
    );
    const { status, stdout } = run("inspect", file);
    expect(status).toBe(0);
    expect(stdout).toContain("\\u001b[31mred\\u0007");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

/** A folder of a sweep that is not as a run left it, and commands that cannot go on: each is told in one line. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { timeLeft } from "../../src/cli/timeLeft.js";
import { collectSweep } from "../../src/sweep/collect.js";
import { failureOf } from "../../src/sweep/failure.js";
import { loadStudy, sourceOf } from "../../src/sweep/loadStudy.js";
import { takePart } from "../../src/sweep/lock.js";
import { planOf, writePlan } from "../../src/sweep/plan.js";
import { sweepStatus } from "../../src/sweep/status.js";
import { requireBuild } from "../helpers/files.js";
import { command, configIn, ended, idsOnDisk, newDesk, runOf, startSweep, until } from "./demo.js";

const rows = 8;
let desk = "";
let config = "";
const at = (name: string) => join(desk, name);
const run = (out: string, ...flags: string[]) => runOf(config, at(out), ["--workers", "1", ...flags]);
/** A module of a study, in a file; `body` is what defineSweep is given besides name and version. */
const moduleIn = (name: string, body: string) => {
  writeFileSync(
    at(name),
    `import { defineSweep } from "${new URL("../../dist/sweep/index.js", import.meta.url)}";
    export default (config) => defineSweep({ name: "own", version: 1, ${body} });`,
  );
  return at(name);
};
/** A copy of a folder, without its tables. */
const copyOf = (name: string, to: string) => {
  mkdirSync(at(to));
  for (const file of readdirSync(at(name)).filter((each) => /\.jsonl?$/.test(each)))
    copyFileSync(join(at(name), file), join(at(to), file));
  return at(to);
};
const rowsFileOf = (folder: string) =>
  join(folder, readdirSync(folder).find((name) => name.startsWith("rows-"))!);
const csvOf = (folder: string) => readFileSync(join(folder, "collected.csv"), "utf8");
/** What a command that cannot go on says. */
const refusal = async (args: readonly string[]) => {
  const { code, stdout, stderr } = await command(args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  return stderr;
};

beforeAll(async () => {
  requireBuild();
  desk = newDesk();
  config = configIn(desk, "demo", { rows, seconds: 0 });
  expect((await command(run("whole"))).code).toBe(0);
  await collectSweep(at("whole"));
}, 60_000);
afterAll(() => rmSync(desk, { recursive: true, force: true }));

describe("status and collect count the same", () => {
  test("of lines without an end, doubled, damaged, and of failures that are none", async () => {
    const folder = copyOf("whole", "odd");
    const file = rowsFileOf(folder);
    const [first, second] = readFileSync(file, "utf8").trimEnd().split("\n");
    truncateSync(file, readFileSync(file).length - 1);
    const { parameters: _, ...bare } = JSON.parse(first);
    const other = { ...JSON.parse(second), result: { mean: -1, extra: 3 } };
    writeFileSync(
      join(folder, "rows-z.jsonl"),
      `${JSON.stringify(bare)}\n${JSON.stringify(other)}\n{"torn\n`,
    );
    const failure = { schema: "rnn-dynamics/failure@1", id: 5, study: bare.study };
    writeFileSync(join(folder, "failed-z.jsonl"), `${JSON.stringify(failure)}\n`);
    const status = sweepStatus(folder);
    expect(status).toMatchObject({ done: rows, failed: 0, missing: 0, repeated: 1, damaged: 3 });
    expect(await collectSweep(folder)).toMatchObject({ rows, failed: 0, missing: 0, damaged: 3 });
    expect(csvOf(folder)).toBe(csvOf(at("whole")));
    expect((await command(["sweep", "status", folder])).stdout).toContain("3 damaged lines are passed over");
  });

  test("of a row whose only line is damaged: it is made again", async () => {
    const folder = copyOf("whole", "bare");
    const file = rowsFileOf(folder);
    const [first, ...others] = readFileSync(file, "utf8").trimEnd().split("\n");
    const { parameters: _, ...bare } = JSON.parse(first);
    writeFileSync(file, `${[JSON.stringify(bare), ...others].join("\n")}\n`);
    expect(sweepStatus(folder)).toMatchObject({ done: rows - 1, missing: 1, damaged: 1 });
    const { stdout } = await command(["sweep", "collect", folder]);
    expect(stdout).toContain(`${rows - 1} rows (0 failed)`);
    expect(stdout).toContain("1 rows are missing");
    expect((await command(run("bare"))).code).toBe(0);
    await collectSweep(folder);
    expect(csvOf(folder)).toBe(csvOf(at("whole")));
  });
});

describe("a table", () => {
  test("has seed and parameters of rows that failed, and goes to a folder that is made", async () => {
    const module = moduleIn(
      "partly.mjs",
      `grid: { gain: [1, 2], label: ["a"] }, seeds: [7, 8],
      run: async ({ gain }, seed) => {
        if (gain === 2 && seed === 7) { console.error("last words"); process.exit(3); }
        if (gain === 1 && seed === 8) return { gain: 5 };
        return { square: gain * gain };
      }`,
    );
    const args = ["sweep", "run", module, config, "--out", at("partly"), "--workers", "1", "--attempts", "2"];
    const { code, stdout } = await command(args);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'threw: run returned "gain", and "gain" is another column, expected another name',
    );
    expect(stdout).toContain(
      "crashed: 2 worker processes ended while they were at it, the last by code 3: last words",
    );
    expect(stdout).toContain(`sweep retry ${at("partly")}`);
    const table = await collectSweep(at("partly"), at("new/tables"));
    expect(table).toMatchObject({ rows: 4, failed: 2, missing: 0 });
    const lines = csvOf(at("new/tables")).trim().split("\n");
    expect(lines.map((line) => line.split(",").slice(-4).join())).toEqual([
      "seed,gain,label,square",
      "7,1,a,1",
      "7,2,a,",
      "8,1,a,",
      "8,2,a,4",
    ]);
  });
});

test("failed rows of the two studies have their parameters too, those of a search as well", async () => {
  const configs = {
    mechanisms: { grid: { units: 20, trials: 4, gains: [0.8], densities: [0.5], seeds: [3] } },
    capacity: {
      network: { units: 20, dt: 0.5 },
      sweeps: [{ units: [10] }],
      seeds: [3],
      search: { over: { gain: [0.2, 1.6] }, budget: 4 },
    },
  };
  for (const [name, of] of Object.entries(configs)) {
    const folder = at(`failed-${name}`);
    mkdirSync(folder);
    const source = sourceOf(name, configIn(desk, name, of));
    const study = await loadStudy(source, of, name);
    writeFileSync(join(folder, "config.json"), JSON.stringify({ study: study.study, ...of }));
    writePlan(folder, planOf(source, study, study.groups, true));
    const entries = [...study.groups, ...(study.next?.(0, () => undefined) ?? [])].flatMap(
      (group) => group.rows,
    );
    const lines = entries.map(({ id }) => JSON.stringify(failureOf(study.study, id, "threw", "no")));
    writeFileSync(join(folder, "failed-a.jsonl"), `${lines.join("\n")}\n`);
    expect(await collectSweep(folder)).toMatchObject({ rows: entries.length, failed: entries.length });
    const [head, ...cells] = csvOf(folder)
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    for (const column of ["seed", "units", "gain"])
      for (const line of cells) expect(line[head.indexOf(column)]).not.toBe("");
    expect(cells[0][head.indexOf("seed")]).toBe("3");
  }
});

describe("one folder, one run", () => {
  test("a part is refused beside a run of the whole, a retry beside a part; no row is made", async () => {
    mkdirSync(at("held"));
    const whole = await takePart(at("held"), [1, 1]);
    expect(await refusal(run("held", "--shard", "1/2"))).toMatch(
      /in use by process \d+ on .*, as part 1 of 1/,
    );
    whole.release();
    copyFileSync(join(at("whole"), "config.json"), join(at("held"), "config.json"));
    copyFileSync(join(at("whole"), "sweep.json"), join(at("held"), "sweep.json"));
    const part = await takePart(at("held"), [2, 2]);
    expect(await refusal(["sweep", "retry", at("held")])).toContain("as part 2 of 2; expected --shard i/2");
    expect(await refusal(run("held", "--shard", "1/3"))).toContain("as part 2 of 2");
    expect(idsOnDisk(at("held"))).toEqual([]);
    expect((await command(run("held", "--shard", "1/2"))).code).toBe(0);
    expect(idsOnDisk(at("held"))).toHaveLength(rows / 2);
    part.release();
  });

  test("another module of the same name and version is refused; the same one elsewhere is not", async () => {
    const body = "grid: { x: [1, 2] }, run: ({ x }) => ({ y: x })";
    const args = (module: string) => ["sweep", "run", module, config, "--out", at("mine"), "--quiet"];
    expect((await command(args(moduleIn("mine.mjs", body)))).code).toBe(0);
    copyFileSync(at("mine.mjs"), at("moved.mjs"));
    rmSync(at("mine.mjs"));
    expect((await command(args(at("moved.mjs")))).code).toBe(0);
    const said = await refusal(args(moduleIn("other.mjs", body.replace("y: x", "y: -x"))));
    expect(said).toMatch(
      /was begun with .*moved\.mjs, and .*other\.mjs is not the same; expected a new --out/,
    );
    rmSync(join(at("mine"), "sweep.json"));
    expect((await command(args(at("other.mjs")))).code).toBe(0);
  });

  test("a raised version needs a new folder, and says so", async () => {
    const module = moduleIn("raised.mjs", "grid: { x: [1] }, run: ({ x }) => ({ y: x })");
    const args = ["sweep", "run", module, config, "--out", at("raised"), "--quiet"];
    expect((await command(args)).code).toBe(0);
    writeFileSync(module, readFileSync(module, "utf8").replace("version: 1", "version: 2"));
    expect(await refusal(args)).toContain(
      "another configuration or version of the study; expected the same, or a new --out",
    );
  });
});

describe("a sweep.json", () => {
  test.each([
    ['{"schema":"rnn-dynamics/sweep@2","groups":7}', "update the package"],
    ['{"schema":"rnn-dynamics/sweep@1"}', "is damaged (it names no study)"],
    ['{"schema":"rnn-dynamics/sweep@1","sour', "is damaged"],
    ["null", "is damaged (expected an object)"],
    ["", "is damaged"],
    ["[1]", "is damaged"],
  ])("that is %s is refused by all, and stays as it is", async (text, message) => {
    const folder = at(`plan-${message.length}-${text.length}`);
    mkdirSync(folder);
    const path = join(folder, "sweep.json");
    writeFileSync(path, text);
    expect(() => sweepStatus(folder)).toThrow(message);
    await expect(collectSweep(folder)).rejects.toThrow(message);
    expect(await refusal(runOf(config, folder, []))).toContain(message);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(idsOnDisk(folder)).toEqual([]);
  });
});

describe("in one line, with exit code 2,", () => {
  test("a module that makes no study is named with its configuration", async () => {
    for (const [body, message] of [
      ["export default () => { throw 'a text' }", "a text"],
      ["export default (c) => c.a.b", "Cannot read properties of undefined"],
      ["export default () => ({ groups: [{}], open() {} })", "expected what defineSweep returns"],
      ["export default () => null", "expected what defineSweep returns"],
      ["export default () => { throw Object.create(null) }", "thrown that is no text"],
    ]) {
      writeFileSync(at("none.mjs"), body);
      const said = await refusal(["sweep", "run", at("none.mjs"), config, "--out", at("none")]);
      expect(said).toContain(message);
      for (const name of ["none.mjs", "demo.json"]) expect(said).toContain(name);
    }
  });

  test("a folder that cannot be, and a file or a folder in the place of another", async () => {
    writeFileSync(at("afile"), "x");
    expect(await refusal(run("afile/out"))).toContain("cannot be made: ENOTDIR");
    if (process.platform === "linux")
      expect(await refusal(runOf(config, "/proc/x/y", []))).toContain("--out /proc/x/y cannot be made");
    expect(await refusal(["sweep", "status", at("afile")])).toContain("holds no sweep.json");
    const folder = copyOf("whole", "nested");
    mkdirSync(join(folder, "rows-dir.jsonl"));
    for (const verb of ["status", "collect"])
      expect(await refusal(["sweep", verb, folder])).toContain("rows-dir.jsonl is a folder");
  });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s ends a run with code %i, which says what is there and goes on later",
  async (signal, code) => {
    const slow = configIn(desk, "slow", { rows: 6, seconds: 0.2 });
    const args = ["sweep", "run", "demo", slow, "--out", at(signal), "--workers", "1"];
    const child = startSweep(args);
    const over = ended(child);
    await until(() => readdirOr(at(signal)).some((name) => name.startsWith("rows-")));
    child.kill(signal);
    const { stderr, ...rest } = await over;
    expect(rest).toEqual({ code, stdout: "" });
    expect(stderr).toMatch(/^stopped, \d of 6 rows done; the same command goes on\n$/);
    appendFileSync(slow, "\n");
    expect((await command([...args, "--quiet"])).code).toBe(0);
    expect(idsOnDisk(at(signal))).toHaveLength(6);
  },
);

test("the time left is that of the pace so far, and not known before something is done", () => {
  expect(timeLeft(5, 0, 100)).toBe("-");
  expect(timeLeft(5, Number.NaN, 100)).toBe("-");
  expect(timeLeft(10, 5, 20)).toBe("40s");
  expect(timeLeft(10, 1, 20)).toBe("3m20s");
  expect(timeLeft(60, 1, 125)).toBe("2h05m");
  expect(timeLeft(10, 5, 0)).toBe("0s");
});

function readdirOr(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

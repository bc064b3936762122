import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { requireBuild, root } from "../helpers/files.js";

const config = {
  grid: {
    units: 30,
    trials: 160,
    gains: [0.8, 1.2],
    densities: [0.5, 1],
    feedbackDivisors: [1],
    seeds: [0, 1],
  },
  tests: { quick: true, threshold: 1, share: 0.1 },
};
const networks = 8;

let folder = "";
const at = (name: string) => join(folder, name);

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-study-"));
  writeFileSync(at("config.json"), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(root, "dist/cli/main.js"), "study", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(...args: string[]) {
  const child = start(...args);
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (chunk) => (stdout += chunk));
  child.stderr!.on("data", (chunk) => (stderr += chunk));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

const whole = (out: string) => [
  "mechanisms",
  at("config.json"),
  "--out",
  at(out),
  "--checkpoint-every",
  "20",
];
const table = (out: string) => readFileSync(join(at(out), "table.csv"), "utf8");

describe("rnn-dynamics study mechanisms", () => {
  test("killed ten times at random and begun again, it writes the table of an unbroken run", async () => {
    const { code, stdout, stderr } = await run(...whole("unbroken"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/all +8 /);
    expect(table("unbroken").trim().split("\n")).toHaveLength(1 + networks);

    const random = createRandom(5);
    let kills = 0;
    while (kills < 10) {
      const child = start(...whole("killed"), "--quiet");
      const closed = once(child, "close");
      const ended = await Promise.race([closed, sleep(400 + 900 * random.uniform(), undefined)]);
      if (ended) break;
      child.kill("SIGKILL");
      await closed;
      kills++;
    }
    expect(kills).toBeGreaterThan(4);
    expect((await run(...whole("killed"), "--quiet")).code).toBe(0);
    expect(table("killed")).toBe(table("unbroken"));
  });

  test("loses no row to a last line that was cut short, and makes none twice", async () => {
    const rows = join(at("unbroken"), "rows-1-of-1.jsonl");
    const lines = readFileSync(rows, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(networks);
    const before = table("unbroken");
    writeFileSync(rows, `${lines.slice(0, -1).join("\n")}\n${lines[networks - 1].slice(0, 100)}`);
    expect((await run(...whole("unbroken"), "--quiet")).code).toBe(0);
    expect(table("unbroken")).toBe(before);
    expect(readFileSync(rows, "utf8").trimEnd().split("\n")).toHaveLength(networks + 1);
  });

  test("in parts gives the same table, whoever comes last", async () => {
    const parts = ["2/2", "1/2"].map((part) => run(...whole("parts"), "--shard", part, "--quiet"));
    expect((await Promise.all(parts)).map(({ code }) => code)).toEqual([0, 0]);
    await run(...whole("parts"), "--shard", "1/2", "--quiet");
    expect(table("parts")).toBe(table("unbroken"));
    expect(readdirSync(at("parts")).filter((name) => name.startsWith("rows-"))).toEqual([
      "rows-1-of-2.jsonl",
      "rows-2-of-2.jsonl",
    ]);
  });

  test("uses no trained network that was damaged, and no row of another configuration", async () => {
    const before = table("unbroken");
    const state = join(at("unbroken"), "state");
    const [first, second] = readdirSync(state);
    const bytes = readFileSync(join(state, first));
    bytes[bytes.length - 40] ^= 1;
    writeFileSync(join(state, first), bytes);
    writeFileSync(join(state, second), readFileSync(join(state, second)).subarray(0, 90));
    const rows = join(at("unbroken"), "rows-1-of-1.jsonl");
    const foreign = readFileSync(rows, "utf8")
      .trimEnd()
      .split("\n")
      .filter((line) => line.endsWith("}"))
      .map((line) => JSON.stringify({ ...JSON.parse(line), study: "another", solved: null }));
    writeFileSync(rows, `${foreign.join("\n")}\nnull\n{}\n3\n`);
    expect(await run(...whole("unbroken"), "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(table("unbroken")).toBe(before);
  });

  test("keeps nothing but trained networks when it is done", () => {
    const kept = readdirSync(join(at("unbroken"), "state"));
    expect(kept.filter((name) => !name.endsWith(".trained.bin"))).toEqual([]);
    expect(kept).toHaveLength(4);
  });

  test("says in one line what is wrong, and touches nothing", async () => {
    const wrong = async (text: string, ...args: string[]) => {
      writeFileSync(at("wrong.json"), text);
      const result = await run("mechanisms", at("wrong.json"), "--out", at("wrong"), ...args);
      expect(result.stdout).toBe("");
      expect(result.code).toBe(2);
      expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
      return result.stderr;
    };
    expect(await wrong("{")).toContain("wrong.json");
    expect(await wrong("[]")).toContain("expected an object");
    expect(await wrong('{"grid":{"unitz":3}}')).toContain("unitz");
    expect(await wrong('{"grid":{"trials":10}}')).toContain("multiple of 4");
    expect(await wrong('{"grid":{"seeds":[]}}')).toContain("seeds");
    expect(await wrong('{"tests":{"copies":-1}}')).toContain("copies");
    expect(await wrong('{"tests":{"fractions":[1.5]}}')).toContain("fractions[0]");
    expect(await wrong('{"grid":{"stimuli":{"codes":"no-such-file.npz"}}}')).toContain("no-such-file.npz");
    expect(await wrong("{}", "--shard", "3/2")).toContain("shard");
    const other = await run("capacitee", at("config.json"), "--out", at("wrong"));
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("capacitee")]);
    const changed = { ...config, grid: { ...config.grid, units: 41 } };
    writeFileSync(at("changed.json"), JSON.stringify(changed));
    const { code, stderr } = await run("mechanisms", at("changed.json"), "--out", at("unbroken"));
    expect([code, stderr]).toEqual([2, expect.stringContaining("another configuration")]);
    expect(() => appendFileSync(join(at("wrong"), "config.json"), "", { flag: "r+" })).toThrow();
  });
});

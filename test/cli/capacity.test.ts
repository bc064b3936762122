import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { requireBuild, root } from "../helpers/files.js";

const config = {
  network: { units: 60, dt: 0.5 },
  stream: { items: 400, values: 4 },
  decoding: { decoders: { neural: [1], ridge: [0, 1, 2] }, beyond: 20, epochs: 8 },
  sweeps: [{ gain: [0.5, 0.95, 1.5] }, { inputGain: [1, 10] }],
  seeds: [0, 1],
};

let folder = "";
const at = (name: string) => join(folder, name);
const table = (out: string) => readFileSync(join(at(out), "table.csv"), "utf8");

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-capacity-"));
  writeFileSync(at("config.json"), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(root, "dist/cli/main.js"), "study", "capacity", ...args], {
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

describe("rnn-dynamics study capacity", () => {
  test("killed at random and begun again, it writes the table of an unbroken run; shards do too", async () => {
    const whole = await run(at("config.json"), "--out", at("whole"));
    expect(whole.code).toBe(0);
    expect(whole.stdout).toContain("capacity against");
    expect(whole.stdout).toContain("gain");
    expect(table("whole").trim().split("\n").length).toBe(1 + 8);

    const random = createRandom(1);
    for (let kill = 0; kill < 5; kill++) {
      const child = start(at("config.json"), "--out", at("broken"), "--quiet");
      const ended = once(child, "close");
      await Promise.race([sleep(300 + 900 * random.uniform()), ended]);
      child.kill("SIGKILL");
      await ended;
    }
    expect(await run(at("config.json"), "--out", at("broken"), "--quiet")).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(table("broken")).toBe(table("whole"));

    for (const shard of ["2/2", "1/2"])
      await run(at("config.json"), "--out", at("shards"), "--quiet", "--shard", shard);
    expect(table("shards")).toBe(table("whole"));
  });

  test("points and seeds can be added to a folder; another configuration cannot", async () => {
    const more = { ...config, seeds: [0, 1, 2] };
    writeFileSync(at("more.json"), JSON.stringify(more));
    expect((await run(at("more.json"), "--out", at("whole"), "--quiet")).code).toBe(0);
    expect(table("whole").trim().split("\n").length).toBe(1 + 12);
    expect(JSON.parse(readFileSync(join(at("whole"), "config.json"), "utf8")).seeds).toEqual([0, 1, 2]);
    writeFileSync(at("other.json"), JSON.stringify({ ...config, stream: { items: 401, values: 4 } }));
    const other = await run(at("other.json"), "--out", at("whole"));
    expect(other).toMatchObject({ code: 2, stdout: "" });
    expect(other.stderr).toMatch(/^rnn-dynamics: study: .*another configuration.*\n$/);
  });

  test("a shard says what is missing; a damaged row is made again", async () => {
    const part = await run(at("config.json"), "--out", at("part"), "--shard", "1/2");
    expect(part.stdout).toMatch(/4 networks \(4 of the sweeps are still missing\)/);
    const file = join(at("part"), "rows-1-of-2.jsonl");
    const [first, ...rest] = readFileSync(file, "utf8").trim().split("\n");
    const { id, study } = JSON.parse(first);
    writeFileSync(file, `${[JSON.stringify({ id, study }), ...rest].join("\n")}\n`);
    const whole = await run(at("config.json"), "--out", at("part"));
    expect(whole).toMatchObject({ code: 0, stderr: "" });
    expect(whole.stdout).toMatch(/8 networks: /);
    expect(table("part").trim().split("\n").length).toBe(1 + 8);
  });

  test("says in one line what is wrong, and touches nothing", async () => {
    for (const [part, message] of [
      [{ stream: { interval: -1 } }, "interval is -1"],
      [{ stream: { items: 1 } }, "a lag is 20 items"],
      [{ sweeps: [{ density: [0] }] }, "density is 0"],
      [{ sweep: [] }, 'unknown option "sweep"'],
      [{ stream: null }, "stream: options must be an object"],
    ] as const) {
      writeFileSync(at("bad.json"), JSON.stringify({ ...config, ...part }));
      const { code, stdout, stderr } = await run(at("bad.json"), "--out", at("bad"));
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(message);
      expect(stderr.trim().split("\n").length).toBe(1);
    }
  });
});

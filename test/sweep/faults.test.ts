/** Whatever happens to a sweep: no row is lost, none is doubled, and the table is that of an undisturbed run. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../src/core/random.js";
import { requireBuild } from "../helpers/files.js";
import {
  collected,
  command,
  configIn,
  ended,
  idsOnDisk,
  newDesk,
  runOf,
  startSweep,
  until,
  workersOf,
} from "./demo.js";

const rows = 60;
const linux = process.platform === "linux";
let desk = "";
let config = "";
let undisturbed: Awaited<ReturnType<typeof collected>>;
const at = (name: string) => join(desk, name);
const run = (out: string, ...flags: string[]) => runOf(config, at(out), flags);

beforeAll(async () => {
  requireBuild();
  desk = newDesk();
  config = configIn(desk, "demo", { rows, together: 3, seconds: 0.05, characters: 500 });
  expect(await command(run("whole", "--workers", "2"))).toEqual({ code: 0, stdout: "", stderr: "" });
  undisturbed = await collected(at("whole"));
}, 60_000);
afterAll(() => rmSync(desk, { recursive: true, force: true }));

describe("a sweep on this machine", () => {
  test("has every row once, in the order of the grid, from any number of workers", async () => {
    expect(idsOnDisk(at("whole"))).toHaveLength(rows);
    expect(new Set(idsOnDisk(at("whole"))).size).toBe(rows);
    expect(undisturbed.csv.split("\n")).toHaveLength(rows + 2);
    expect((await command(run("one", "--workers", "1"))).code).toBe(0);
    expect(await collected(at("one"))).toEqual(undisturbed);
  });

  test("makes nothing again that is there, and only what is missing", async () => {
    const before = readdirSync(at("one"));
    expect((await command(run("one"))).code).toBe(0);
    expect(readdirSync(at("one"))).toEqual(before);
  });

  test.runIf(linux)("survives SIGKILL to random workers, 50 times", async () => {
    const random = createRandom(3);
    const child = startSweep(run("killed", "--workers", "3", "--attempts", "1000"));
    const over = ended(child);
    let kills = 0;
    while (child.exitCode === null && kills < 50) {
      const workers = workersOf(child.pid!);
      if (workers.length > 0) {
        try {
          process.kill(workers[Math.floor(random.uniform() * workers.length)], "SIGKILL");
          kills++;
        } catch {
          // It had just ended.
        }
      }
      await sleep(40 + 100 * random.uniform());
    }
    expect(await over).toMatchObject({ code: 0, stderr: "" });
    expect(kills).toBe(50);
    expect(idsOnDisk(at("killed")).sort()).toEqual(idsOnDisk(at("whole")).sort());
    expect(await collected(at("killed"))).toEqual(undisturbed);
  });

  test("survives SIGKILL to itself, and leaves no worker behind for long", async () => {
    const child = startSweep(run("headless", "--workers", "2"));
    const over = ended(child);
    await until(() => idsOnDiskOr(at("headless")).length > 5);
    const workers = workersOf(child.pid!);
    child.kill("SIGKILL");
    await over;
    if (linux) await until(() => workers.every((pid) => !isAlive(pid)), 5);
    expect((await command(run("headless", "--workers", "2"))).code).toBe(0);
    expect(await collected(at("headless"))).toEqual(undisturbed);
  });

  test("two runs begun in one folder: one works, the other says who does", async () => {
    const both = await Promise.all([1, 2].map(() => command(run("two", "--workers", "1"))));
    const codes = both.map(({ code }) => code);
    expect(codes).toContain(0);
    for (const { code, stderr } of both) if (code !== 0) expect(stderr).toMatch(/in use by process \d+ on /);
    expect(idsOnDisk(at("two"))).toHaveLength(rows);
    expect(await collected(at("two"))).toEqual(undisturbed);
  });

  test("shards share a folder, each row made once", async () => {
    const parts = ["1/3", "2/3", "3/3"].map((part) =>
      command(run("shards", "--workers", "1", "--shard", part)),
    );
    expect((await Promise.all(parts)).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(idsOnDisk(at("shards"))).toHaveLength(rows);
    expect(await collected(at("shards"))).toEqual(undisturbed);
  });

  test("a line that was cut short is made again, wherever it was cut", async () => {
    const status = async () => JSON.parse((await command(["sweep", "status", at("one"), "--json"])).stdout);
    for (const cut of [300, 2, 1]) {
      const file = readdirSync(at("one"))
        .filter((name) => name.startsWith("rows-"))
        .map((name) => join(at("one"), name))
        .find((path) => readFileSync(path, "utf8").endsWith("}\n"))!;
      truncateSync(file, readFileSync(file).length - cut);
      // What lacks nothing but the end of its line is there.
      expect((await status()).missing).toBe(cut === 1 ? 0 : 1);
      if (cut === 1) appendFileSync(file, "\n");
      expect((await command(run("one", "--workers", "1"))).code).toBe(0);
      expect(await collected(at("one"))).toEqual(undisturbed);
    }
  });

  test("what is no row, or of another study, or damaged, does not count", async () => {
    const first = readdirSync(at("one")).find((each) => each.startsWith("rows-"))!;
    const line = readFileSync(join(at("one"), first), "utf8").split("\n")[0];
    const foreign = line.replace(/"study":"./, '"study":"x');
    writeFileSync(join(at("one"), "rows-other.jsonl"), `${foreign}\nnull\n{}\n3\n${line.slice(0, 60)}}\n\n`);
    appendFileSync(join(at("one"), first), '{"schema":"demo@1","id":"');
    expect(await collected(at("one"))).toEqual(undisturbed);
  });

  test("a full disk stops it in one line; with room again it goes on", async () => {
    const disk = at("disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=48k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      process.stderr.write("Not tested here: a full disk (needs the right to mount a tmpfs).\n");
      return;
    }
    try {
      const full = await command(run("disk/out", "--workers", "2"));
      expect(full).toMatchObject({ code: 2, stdout: "" });
      expect(full.stderr).toMatch(/ENOSPC|no space/i);
      expect(full.stderr.trim().split("\n")).toHaveLength(1);
      const there = new Set(idsOnDisk(at("disk/out"))).size;
      expect(there).toBeGreaterThan(3);
      expect(there).toBeLessThan(rows);
      execFileSync("mount", ["-o", "remount,size=4m", disk]);
      expect((await command(run("disk/out", "--workers", "2"))).code).toBe(0);
      expect(idsOnDisk(at("disk/out"))).toHaveLength(rows);
      expect(await collected(at("disk/out"))).toEqual(undisturbed);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  test("a row that throws, hangs or eats memory fails alone, and is a row with its error", async () => {
    const bad = configIn(desk, "bad", {
      rows: 12,
      together: 4,
      seconds: 0,
      throws: [1],
      hangs: [5],
      ...(linux && { eats: [9] }),
    });
    const args = ["sweep", "run", "demo", bad, "--out", at("bad"), "--workers", "2"];
    const limits = ["--time-limit", "4", "--memory", "250"];
    const { code, stdout, stderr } = await command([...args, ...limits]);
    expect([code, stderr]).toEqual([1, ""]);
    const failed = linux ? 3 : 2;
    expect(stdout).toContain(`${12 - failed} of 12 rows done, ${failed} failed, 0 missing`);
    const { csv } = await collected(at("bad"));
    const lines = csv.trim().split("\n");
    expect(lines).toHaveLength(13);
    expect(lines[2]).toMatch(/,failed,threw,"row 1 throws, as asked",/);
    expect(lines[6]).toMatch(/,failed,timed-out,gave no sign for 4 s,/);
    if (linux) expect(lines[10]).toMatch(/,failed,out-of-memory,took more than 250 MiB of memory,/);
    expect(lines.filter((line) => line.includes(",ok,"))).toHaveLength(12 - failed);
    // Failed rows stand, until they are asked for again.
    expect((await command([...args, ...limits])).code).toBe(1);
    expect(await collected(at("bad"))).toMatchObject({ csv });
  });

  test("retry makes failed rows again, and only those", async () => {
    const module = at("mine.mjs");
    writeFileSync(
      module,
      `import { defineSweep } from "${new URL("../../dist/sweep/index.js", import.meta.url)}";
      export default ({ xs }) => defineSweep({ name: "mine", version: 1, grid: { x: xs }, run({ x }) {
        if (x === 2 && !process.env.MENDED) throw new Error("two, of all numbers");
        if (x === 3 && !process.env.MENDED) process.exit(7);
        return { square: x * x };
      } });`,
    );
    const mine = configIn(desk, "mine", { xs: [1, 2, 3, 4] });
    const args = ["sweep", "run", module, mine, "--out", at("mine"), "--quiet", "--workers", "2"];
    expect((await command([...args, "--attempts", "2"])).code).toBe(1);
    const failed = (await collected(at("mine"))).csv;
    expect(failed).toContain(',failed,threw,"two, of all numbers",');
    expect(failed).toContain(',failed,crashed,"2 worker processes ended while they were at it');
    const before = idsOnDisk(at("mine"));
    expect(before).toHaveLength(2);
    expect((await command(["sweep", "retry", at("mine"), "--quiet"], { MENDED: "1" })).code).toBe(0);
    expect(idsOnDisk(at("mine"))).toHaveLength(4);
    const squares = (await collected(at("mine"))).csv
      .trim()
      .split("\n")
      .map((line) => line.split(",").at(-1));
    expect(squares).toEqual(["square", "1", "4", "9", "16"]);
  });
});

function idsOnDiskOr(folder: string): string[] {
  try {
    return idsOnDisk(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

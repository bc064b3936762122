/**
 * The benches, without timing anything: every file has the shape `npm run bench` expects, and on tiny sizes both sides
 * of every comparison compute the same numbers. A rival that is not installed here is noted and not compared.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireBuild, root } from "./helpers/files.js";

interface Row {
  readonly row: string;
  readonly size: string;
  readonly unit: string;
  readonly ours?: number;
  readonly rival?: string;
  readonly theirs?: number;
  readonly ratio?: number;
  readonly as?: "times" | "share";
  readonly target?: string;
  readonly verdict: string;
  readonly remark?: string;
}
interface Bench {
  run(options: { tiny: boolean }): Promise<{ title: string; rows: Row[]; note?: string }>;
}

/** Modules of bench/ are plain JavaScript. */
const load = (path: string) => import(pathToFileURL(join(root, "bench", path)).href);
const { benchNames } = (await load("lib/benches.mjs")) as { benchNames(): string[] };

beforeAll(requireBuild);
afterAll(async () => (await load("rivals/rivals.mjs")).closeRivals());

describe("benches", () => {
  test("every bench that is asked for by name is there", () => {
    const asked = ["backprop", "eigen", "finder", "force", "gemm", "memory", "simulate", "solve", "tanh"];
    expect(benchNames()).toEqual(expect.arrayContaining(asked));
    expect(benchNames()).not.toContain("main");
  });

  for (const name of benchNames())
    test(`${name}: rows of the common shape, and both sides agree`, async ({ annotate }) => {
      const { title, rows, note } = await ((await load(`${name}.mjs`)) as Bench).run({ tiny: true });
      expect(title).toMatch(/\S/);
      expect(["string", "undefined"]).toContain(typeof note);
      expect(rows.length).toBeGreaterThan(0);
      const missing = new Set<string>();
      for (const row of rows) {
        expect(row.row).toMatch(/\S/);
        expect(row.size).toMatch(/\S/);
        expect(row.unit).toMatch(/\S/);
        for (const figure of [row.ours, row.theirs, row.ratio])
          expect(["number", "undefined"]).toContain(typeof figure);
        if (row.verdict === "not installed") missing.add(row.rival!);
        else if (row.rival) expect(`${row.size}, ${row.rival}: ${row.verdict}`).toMatch(/: agrees$/);
        else expect(["holds", "SHORT", "no target"]).toContain(row.verdict);
      }
      if (missing.size > 0) await annotate(`not installed: ${[...missing].join(", ")}`);
    });
});

describe("the table", () => {
  const row = { row: "work", size: "N = 3", unit: "s", rival: "other", verdict: "holds" };

  test("the median is the middle value, or the mean of the middle two", async () => {
    const { median } = await load("lib/measure.mjs");
    expect([median([3]), median([4, 1]), median([9, 1, 2]), median([5, 1, 2, 30])]).toEqual([3, 2.5, 2, 3.5]);
  });

  test("a ratio is said in words a reader cannot turn round", async () => {
    const { ratioText } = await load("lib/compare.mjs");
    expect(ratioText(3, "times")).toBe("3x faster");
    expect(ratioText(0.4, "times")).toBe("2.5x slower");
    expect(ratioText(0.35, "share")).toBe("35 %");
  });

  test("one head, one line a row, figures in readable units", async () => {
    const { tableText } = await load("lib/table.mjs");
    const text: string = tableText([
      { ...row, ours: 0.002, theirs: 3, ratio: 1500, as: "times", target: "at least 3x faster" },
      { ...row, verdict: "not installed" },
    ]);
    const [head, first, second, ...rest] = text.split("\n");
    expect(rest).toEqual([]);
    expect(head.split(/ {2,}/)).toEqual([
      "row",
      "size",
      "ours",
      "rival",
      "theirs",
      "ratio",
      "target",
      "verdict",
    ]);
    expect(first).toMatch(/2\.00 ms {2,}other.* 3\.00 s {2,}1500x faster {2,}at least 3x faster {2,}holds$/);
    expect(second).toMatch(/other.*not installed$/);
  });

  test("a result that differs is said to, and a rival that is absent is a line", async () => {
    const { compare, relativeDifference } = await load("lib/compare.mjs");
    const { contender } = await load("lib/measure.mjs");
    const ours = contender(() => Float64Array.of(1, 2));
    const rival = (name: string, numbers?: Float64Array) => ({
      rival: { name, prepare: async () => numbers && contender(() => numbers) },
    });
    const rows: Row[] = await compare({
      tiny: true,
      row: "work",
      size: "N = 2",
      ours,
      rivals: [
        rival("equal", Float64Array.of(1, 2)),
        rival("other", Float64Array.of(1, 2.1)),
        rival("broken", Float64Array.of(1, Number.NaN)),
        rival("short", Float64Array.of(1)),
        rival("absent"),
      ],
      difference: relativeDifference,
      tolerance: 1e-8,
    });
    expect(rows.map(({ verdict }) => verdict)).toEqual([
      "agrees",
      "DIFFERS",
      "DIFFERS",
      "DIFFERS",
      "not installed",
    ]);
  });

  test("verdicts follow from the medians, the target and what else must hold", async () => {
    const { compare } = await load("lib/compare.mjs");
    /** One side that claims to take so many seconds each time; every fifth time three times as many. */
    const claims = (seconds: number) => {
      let times = 0;
      return {
        per: 2,
        time: async (repeats: number) => repeats * seconds * (++times % 5 === 0 ? 3 : 1),
        result: async () => seconds,
        release: async () => {},
      };
    };
    const rival = (seconds: number, target?: number, as?: string) => ({
      rival: { name: "other", prepare: async () => claims(seconds) },
      target,
      as,
    });
    const rows: Row[] = await compare({
      row: "work",
      size: "N = 2",
      ours: claims(0.02),
      operations: 5e7,
      rivals: [rival(0.08, 3.9), rival(0.08, 4.1), rival(0.01, 0.49, "share"), rival(0.08), rival(0.1, 3)],
      difference: () => 0,
      tolerance: 0,
      judge: (_: number, theirs: number) => ({ remark: `took ${theirs}`, holds: theirs !== 0.1 }),
    });
    expect(rows.map(({ verdict }) => verdict)).toEqual(["holds", "SHORT", "holds", "no target", "SHORT"]);
    expect(rows.map(({ target }) => target)).toEqual([
      "at least 3.9x faster",
      "at least 4.1x faster",
      "at least 49 %",
      undefined,
      "at least 3x faster",
    ]);
    const [{ ours, theirs, ratio, unit, remark }] = rows;
    expect([ours, theirs, ratio, unit, remark]).toEqual([
      expect.closeTo(5, 10),
      expect.closeTo(1.25, 10),
      expect.closeTo(4, 10),
      "GF/s",
      "took 0.08",
    ]);
  });

  test("a rival is asked in a process of its own, which answers bit for bit", async () => {
    const { javascript } = await load("rivals/rivals.mjs");
    const x = Float64Array.of(0, -0, 1e-300, 0.5, -3, Number.POSITIVE_INFINITY);
    const contender = await javascript.prepare("tanh", { x });
    expect(await contender.result()).toEqual(x.map(Math.tanh));
    expect(await contender.time(2)).toBeGreaterThanOrEqual(0);
  });

  test("a command that is not installed is no rival, and one that breaks is an error", async () => {
    const { startProcess } = await load("rivals/process.mjs");
    expect(await startProcess("no-such-command", [], {})).toBeUndefined();
    const breaks = startProcess(process.execPath, ["-e", "throw new Error('broken')"], {});
    await expect(breaks).rejects.toThrow(/broken/);
  });
});

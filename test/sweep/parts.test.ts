import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { SweepStudy } from "../../src/study/sweepStudy.js";
import { createColumns } from "../../src/sweep/columns.js";
import { defineSweep } from "../../src/sweep/defineSweep.js";
import { takeLock } from "../../src/sweep/lock.js";
import { readAllRows } from "../../src/sweep/rowFiles.js";
import { openRowsFile } from "../../src/sweep/rowsFile.js";
import { shareOut } from "../../src/sweep/slurmEngine.js";
import { createTally } from "../../src/sweep/tally.js";
import { newDesk } from "./demo.js";

const desk = newDesk();
const fresh = (name: string) => {
  mkdirSync(join(desk, name), { recursive: true });
  return join(desk, name);
};
afterAll(() => rmSync(desk, { recursive: true, force: true }));

const study = { version: "v@1", study: "abc" };
const row = (id: string) => ({
  schema: "v@1",
  id,
  study: "abc",
  nested: { text: 'a"}\n', list: [1, { a: 2 }] },
});

describe("files of rows", () => {
  test("cut at any byte and opened again, they lose the row that was cut and no other", () => {
    const lines = ["one", "two"].map((id) => JSON.stringify(row(id)));
    const text = `${lines.join("\n")}\n`;
    for (let cut = 0; cut <= text.length; cut++) {
      const folder = fresh(`cut-${cut % 8}`);
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      const path = join(folder, "rows-w-1.jsonl");
      writeFileSync(path, text.slice(0, cut));
      const file = openRowsFile(path);
      file.append(row("three"));
      file.close();
      const read: string[] = [];
      readAllRows(folder, "rows", (each) => read.push((each as { id: string }).id));
      // The end of a line is no part of its row.
      const whole = ["one", "two"].slice(
        0,
        [lines[0].length, text.length - 1].filter((end) => cut >= end).length,
      );
      expect(read).toEqual([...whole, "three"]);
      const tally = createTally(folder, study);
      tally.update();
      expect([...tally.done]).toEqual(read);
    }
  });

  test("are counted as they grow, ids of any characters, each once", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 8 }), fc.nat(), (ids, at) => {
        const folder = fresh("grow");
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
        const bytes = Buffer.from(ids.map((id) => `${JSON.stringify(row(id))}\n`).join(""));
        const half = ids.length > 0 ? at % bytes.length : 0;
        const tally = createTally(folder, study);
        writeFileSync(join(folder, "rows-a.jsonl"), bytes.subarray(0, half));
        tally.update();
        appendFileSync(join(folder, "rows-a.jsonl"), bytes.subarray(half));
        tally.update();
        tally.update();
        // JSON has no lone surrogates as bytes: they are escaped, and come back.
        expect(tally.done).toEqual(new Set(ids));
        expect(tally.repeated).toBe(ids.length - new Set(ids).size);
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});

describe("a lock", () => {
  test("has one holder; the next one comes when it is released", async () => {
    const folder = fresh("lock");
    const first = await takeLock(folder, "run");
    await expect(takeLock(folder, "run")).rejects.toThrow(
      `in use by process ${process.pid} on ${hostname()}`,
    );
    first.release();
    (await takeLock(folder, "run")).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a dead process here, or of one elsewhere that gives no sign, is taken over; of one that does, not", async () => {
    const folder = fresh("stale");
    const path = join(folder, "run.lock");
    for (const holder of [
      JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, began: "1" }),
      JSON.stringify({ host: hostname(), pid: process.pid, began: "1" }),
      JSON.stringify({ host: "elsewhere", pid: 1, began: "1" }),
      '{"host":"el',
    ]) {
      writeFileSync(path, holder);
      (await takeLock(folder, "run", 120)).release();
    }
    const alive = JSON.stringify({ host: "elsewhere", pid: 1, began: "1" });
    writeFileSync(path, alive);
    const beat = setInterval(() => writeFileSync(path, alive), 20);
    await expect(takeLock(folder, "run", 600)).rejects.toThrow("in use by process 1 on elsewhere");
    clearInterval(beat);
    expect(readFileSync(path, "utf8")).toBe(alive);
  });
});

describe("defineSweep", () => {
  const definition = {
    name: "d",
    version: 1,
    grid: { a: [1, 2], b: ["x", "y", "z"] },
    seeds: [0, 1],
    run: () => ({ c: 1 }),
  };
  const ids = (of: SweepStudy) => of.groups.flatMap(({ rows }) => rows.map(({ id }) => id));
  const sweepOf = (more: object = {}) => defineSweep({ ...definition, ...more }) as unknown as SweepStudy;

  test("has a row for each combination and seed, told by what decides it and nothing else", () => {
    const all = ids(sweepOf());
    expect(new Set(all).size).toBe(12);
    expect(new Set(ids(sweepOf({ seeds: [1, 0, 2] })))).toEqual(
      new Set([...all, ...ids(sweepOf({ seeds: [2] }))]),
    );
    for (const other of [{ version: 2 }, { name: "e" }, { settings: 3 }])
      expect(ids(sweepOf(other)).filter((id) => all.includes(id))).toEqual([]);
  });

  test("keeps together what shares parameters and seed, and prepares once for them", () => {
    const made: unknown[] = [];
    const study = defineSweep({
      ...definition,
      together: ["a"],
      prepare: ({ a }, seed) => made.push([a, seed]),
      run: ({ b }, _, nth) => ({ nth, b, bad: Number.NaN }),
    });
    expect(study.groups.map(({ rows }) => rows.length)).toEqual([3, 3, 3, 3]);
    const none = { load: () => undefined, save() {}, drop() {}, checkpointEvery: 0, progress() {} };
    const make = study.open(study.groups[1], study.groups[1].rows, none);
    const [first] = study.groups[1].rows.map(make);
    expect(made).toEqual([[2, 0]]);
    expect(first).toMatchObject({
      schema: "d@1",
      parameters: { a: 2, b: "x" },
      result: { nth: 1, bad: null },
    });
    expect(Object.keys(first).slice(0, 3)).toEqual(["schema", "id", "study"]);
  });

  test.each([
    [{ name: "a b" }, 'name is "a b"'],
    [{ version: "" }, "version is"],
    [{ grid: {} }, "grid is an object, expected for example"],
    [{ grid: { a: [] } }, "grid.a is an array of 0"],
    [{ grid: { a: [1, 1] } }, "a value twice"],
    [{ grid: { id: [1] } }, 'grid has "id"'],
    [{ grid: { a: [Number.NaN] } }, "grid.a has NaN"],
    [{ seeds: [0.5] }, "seeds is 0.5"],
    [{ together: ["q"] }, 'together has "q"'],
    [{ run: 3 }, "run is 3, expected a function"],
    [{ rum: 3 }, "rum"],
  ])("refuses %o", (wrong, message) => {
    expect(() => sweepOf(wrong)).toThrow(message);
  });
});

describe("a table of columns", () => {
  test("is the same in whatever order rows came, with the types that hold all values", () => {
    const rows = [
      [
        ["n", 1],
        ["t", "x"],
        ["mixed", 2],
      ],
      [
        ["n", null],
        ["b", true],
        ["mixed", "two"],
        ["none", null],
      ],
      [
        ["n", 0.1],
        ["b", false],
      ],
    ] as const;
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (order) => {
        const table = createColumns();
        order.forEach((k, slot) => table.set(slot, k, rows[k]));
        const columns = table.columns();
        expect(columns.map(({ name, type }) => [name, type])).toEqual([
          ["n", "number"],
          ["t", "text"],
          ["mixed", "text"],
          ["b", "boolean"],
          ["none", "text"],
        ]);
        const cells = rows.map((_, k) => columns.map(({ at }) => at(order.indexOf(k))));
        expect(cells).toEqual([
          [1, "x", "2", null, null],
          [null, null, "two", true, null],
          [0.1, null, null, false, null],
        ]);
      }),
      { seed: 4, numRuns: 6 },
    );
  });
});

test("groups are shared out whole, each once, and tasks get about as many rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 12 }),
      (sizes, most) => {
        const groups = sizes.map((size, k) => ({
          group: { id: `${k}`, rows: [] },
          missing: Array.from({ length: size }, (_, i) => `${k}-${i}`),
        }));
        const tasks = shareOut(groups, most);
        expect(tasks).toHaveLength(Math.min(most, sizes.length));
        expect(
          tasks
            .flat()
            .map(({ group }) => group.id)
            .sort(),
        ).toEqual(groups.map(({ group }) => group.id).sort());
        const loads = tasks.map((task) => task.reduce((sum, { missing }) => sum + missing.length, 0));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(Math.max(...sizes));
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

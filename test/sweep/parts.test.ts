import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { runSweep } from "../../src/study/runSweep.js";
import type { RowShape, SweepStudy } from "../../src/study/sweepStudy.js";
import { createColumns } from "../../src/sweep/columns.js";
import { defineSweep, type SweepResult } from "../../src/sweep/defineSweep.js";
import { failureOf } from "../../src/sweep/failure.js";
import { takeLock, takePart } from "../../src/sweep/lock.js";
import { openRowsFile } from "../../src/sweep/rowsFile.js";
import { shareOut } from "../../src/sweep/slurmEngine.js";
import { createTally, rowsIn } from "../../src/sweep/tally.js";
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
      // The end of a line is no part of its row.
      const whole = ["one", "two"].slice(
        0,
        [lines[0].length, text.length - 1].filter((end) => cut >= end).length,
      );
      expect([...rowsIn(folder, study).values()]).toEqual([...whole, "three"].map(row));
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

describe("lines of files", () => {
  const tallyOf = (name: string, files: Record<string, readonly string[]>, of: RowShape = study) => {
    const folder = fresh(name);
    for (const [file, lines] of Object.entries(files)) writeFileSync(join(folder, file), lines.join("\n"));
    const tally = createTally(folder, of);
    const rows: object[] = [];
    tally.update((each) => rows.push(each));
    return { tally, rows, folder };
  };
  const text = (more: object = {}) => JSON.stringify({ ...row("one"), ...more });

  test("of one row with two contents: the first counts, whole", () => {
    const { tally, rows } = tallyOf("twice", {
      "rows-b.jsonl": [text({ extra: 2 }), ""],
      "rows-a.jsonl": [text(), text({ nested: 1 }), ""],
    });
    expect(rows).toEqual([row("one")]);
    expect(tally.repeated).toBe(2);
  });

  test("that lack nothing but their end count, and count once when the end comes", () => {
    const { tally, folder } = tallyOf("unended", { "rows-a.jsonl": [text(), JSON.stringify(row("two"))] });
    expect([...tally.done]).toEqual(["one", "two"]);
    appendFileSync(join(folder, "rows-a.jsonl"), `\n${JSON.stringify(row("three"))}`);
    tally.update();
    expect([[...tally.done], tally.repeated, tally.damaged]).toEqual([["one", "two", "three"], 0, 0]);
  });

  test("that are no rows are counted as damaged; rows of other studies and a line being written are not", () => {
    const { tally } = tallyOf(
      "damaged",
      {
        "rows-a.jsonl": [
          text({ nested: undefined }),
          text({ nested: null }),
          text({ id: 5 }),
          "{}",
          "null",
          '{"schema":"v@1","id":"x" torn',
          text({ study: "other" }),
          text({ schema: "v@2" }),
          text().slice(0, 30),
        ],
        "failed-a.jsonl": [
          JSON.stringify({ ...failureOf("abc", "one", "threw", "m"), id: 5, kind: undefined }),
          JSON.stringify(failureOf("other", "one", "threw", "m")),
          JSON.stringify(failureOf("abc", "two", "threw", "first")),
          JSON.stringify(failureOf("abc", "two", "crashed", "last")),
          "",
        ],
      },
      { ...study, parts: ["nested"] },
    );
    expect([tally.done.size, tally.damaged]).toEqual([0, 7]);
    expect([...tally.failures]).toEqual([["two", 2]]);
    expect(tally.errors.get("two")).toMatchObject({ kind: "crashed", message: "last" });
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

  test("of a part stands beside parts of the same number, and beside no other", async () => {
    const folder = fresh("parts");
    const held = await Promise.all(([1, 2] as const).map((i) => takePart(folder, [i, 2])));
    for (const other of [
      [1, 1],
      [1, 3],
      [2, 3],
    ] as const)
      await expect(takePart(folder, other)).rejects.toThrow(
        `in use by process ${process.pid} on ${hostname()}, as part`,
      );
    await expect(takePart(folder, [1, 2])).rejects.toThrow("in use by process");
    for (const lock of held) lock.release();
    const whole = await takePart(folder, [1, 1]);
    await expect(takePart(folder, [1, 2])).rejects.toThrow("as part 1 of 1; expected no other run");
    whole.release();
    expect(readdirSync(folder)).toEqual([]);
    // Of two others begun at the same moment never both go on.
    const both = await Promise.allSettled([takePart(folder, [1, 1]), takePart(folder, [1, 2])]);
    expect(both.filter(({ status }) => status === "fulfilled").length).toBeLessThan(2);
    for (const each of both) if (each.status === "fulfilled") each.value.release();
    // One of the dead is in nobody's way.
    const dead = JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, began: "1" });
    writeFileSync(join(folder, "run-1-of-4.lock"), dead);
    (await takePart(folder, [1, 1])).release();
    expect(readdirSync(folder)).toEqual([]);
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
  const cyclic: { self?: object } = {};
  cyclic.self = cyclic;
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

  test("keeps together what shares parameters and seed, and prepares once for them", async () => {
    const made: unknown[] = [];
    const study = defineSweep({
      ...definition,
      together: ["a"],
      prepare: ({ a }, seed) => made.push([a, seed]),
      run: ({ b }, _, nth) => ({ nth, text: b, bad: Number.NaN }),
    });
    expect(study.groups.map(({ rows }) => rows.length)).toEqual([3, 3, 3, 3]);
    const none = { load: () => undefined, save() {}, drop() {}, checkpointEvery: 0, progress() {} };
    const make = await study.open(study.groups[1], study.groups[1].rows, none);
    const [first] = await Promise.all(study.groups[1].rows.map(make));
    expect(made).toEqual([[2, 0]]);
    expect(first).toMatchObject({
      schema: "d@1",
      parameters: { a: 2, b: "x" },
      result: { nth: 1, text: "x", bad: null },
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
    [{ grid: { a: [1, Number.POSITIVE_INFINITY] } }, "grid.a has Infinity"],
    [{ grid: { Status: [1] } }, 'grid has "Status", which every table has'],
    [{ grid: { a: [1], A: [1] } }, 'grid has "A", and "a" is another column'],
    [{ grid: JSON.parse('{"__proto__":[1]}') }, 'grid has "__proto__" as a name'],
    [{ seeds: [0.5] }, "seeds is 0.5"],
    [{ seeds: [0, 1, 0] }, "seeds has a value twice"],
    [{ seeds: Array.from({ length: 200_000 }, (_, i) => i) }, "make 1200000 rows, expected at most 1000000"],
    [{ together: ["q"] }, 'together has "q"'],
    [{ together: "a" }, 'together is "a", expected a list'],
    [{ prepare: 1 }, "prepare is 1, expected a function"],
    [{ settings: { f: () => 1 } }, "settings.f is a function, expected plain JSON"],
    [{ settings: [1, { at: new Date(0) }] }, "settings.1.at is a Date, expected plain JSON"],
    [{ settings: { x: Number.NaN } }, "settings.x is NaN"],
    [{ settings: cyclic }, "settings.self is part of itself"],
    [{ run: 3 }, "run is 3, expected a function"],
    [{ rum: 3 }, "rum"],
  ])("refuses %o", (wrong, message) => {
    expect(() => sweepOf(wrong)).toThrow(message);
  });
});

describe("the result of a row", () => {
  const resultOf = async (result: unknown) => {
    const run = () => result as SweepResult;
    const { groups, open } = defineSweep({ name: "r", version: 1, grid: { Gain: [1] }, run });
    const none = { load: () => undefined, save() {}, drop() {}, checkpointEvery: 0, progress() {} };
    const [entry] = groups[0].rows;
    return (await (await open(groups[0], [entry], none))(entry)).result;
  };

  test("has numbers, texts, booleans and null; what is not finite is null", async () => {
    const result = { n: 0.1, t: "=1", b: false, none: null, nan: Number.NaN, inf: -Infinity };
    expect(await resultOf(result)).toEqual({ ...result, nan: null, inf: null });
    expect(await resultOf(Object.assign(Object.create(null), { n: 1 }))).toEqual({ n: 1 });
  });

  test.each([
    [undefined, "run returned undefined, expected an object of named values"],
    [[1, 2], "run returned an array of 2"],
    [new Map([["x", 1]]), "run returned a Map"],
    [{ x: { y: 1 } }, 'run returned an object as "x"'],
    [{ x: [1] }, 'run returned an array of 1 as "x"'],
    [{ x: new Float64Array(2) }, 'run returned a Float64Array as "x"'],
    [{ x: () => 1 }, 'run returned a function as "x"'],
    [{ x: undefined }, 'run returned undefined as "x"'],
    [{ x: 10n }, 'run returned a bigint as "x"'],
    [{ x: Promise.resolve(1) }, 'run returned a Promise as "x"'],
    ...["id", "study", "seed", "key", "status", "error", "error_kind", "Status"].map(
      (name): [object, string] => [{ [name]: 1 }, `run returned "${name}", which every table has`],
    ),
    [{ gain: 2 }, 'run returned "gain", and "Gain" is another column'],
    [{ x: 1, X: 2 }, 'run returned "X", and "x" is another column'],
    [{ "": 1 }, 'run returned "" as a name'],
    [JSON.parse('{"__proto__":1}'), 'run returned "__proto__" as a name'],
  ])("is refused by name: %o", async (result, message) => {
    await expect(resultOf(result)).rejects.toThrow(message);
  });

  test("may come later, and so may what rows share", async () => {
    const study = defineSweep({
      name: "later",
      version: 1,
      grid: { gain: [1, 2], label: ["a", "b"] },
      together: ["gain"],
      prepare: async ({ gain }) => gain.toFixed(1),
      // Types are those of the grid, and of what prepare makes.
      run: async ({ gain, label }, seed, shared) => ({ text: shared.concat(label), double: gain * 2 + seed }),
    });
    const none = { load: () => undefined, save() {}, drop() {}, checkpointEvery: 0, progress() {} };
    const { rows } = study.groups[1];
    const make = await study.open(study.groups[1], rows, none);
    expect(await make(rows[1])).toMatchObject({ result: { text: "2.0b", double: 4 } });
    expect(() => runSweep("loop", study)).toThrow("the study is asynchronous");
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

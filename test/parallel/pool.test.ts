import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Main from "../../src/index.js";
import type * as Door from "../../src/parallel/index.js";
import type * as Methods from "../../src/solve/index.js";
import type * as Study from "../../src/study/index.js";
import { importBuilt } from "../helpers/built.js";
import { requireBuild, root } from "../helpers/files.js";
import { run } from "../helpers/run.js";
import { bytesOf } from "./bytes.js";
import { pair, throwing } from "./systems.mjs";

const module = new URL("./systems.mjs", import.meta.url);
const twoTwo = { module, export: "twoTwo" };
const sizes = [1, 2, 3];
let main: typeof Main;
let door: typeof Door;
let methods: typeof Methods;
let study: typeof Study;
let pools: Door.Pool[];
let folder: string;

beforeAll(async () => {
  requireBuild();
  main = await importBuilt<typeof Main>("index.js");
  door = await importBuilt<typeof Door>("parallel/index.js");
  methods = await importBuilt<typeof Methods>("solve/index.js");
  study = await importBuilt<typeof Study>("study/index.js");
  pools = sizes.map((size) => door.createPool({ size }));
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-pool-"));
});
afterAll(() => {
  for (const pool of pools) pool.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Verbs that take a system, starts and options. */
type Finder = "findFixedPoints" | "findSlowPoints" | "findAttractors" | "findCycles";

const shape = { units: 6, inputs: 2, outputs: 1, gain: 2.2 };

/** Networks of every kind of time, box and batch rule. */
function network(kind: number, seed: number): Main.Cell {
  const { buildCell, randomSpec } = main;
  const specs = [
    () => randomSpec("vanilla", shape, seed),
    () => randomSpec("gru", { ...shape, gain: 3 }, seed),
    () => randomSpec("lstm", { ...shape, units: 3, gain: 3 }, seed),
    () => randomSpec("rate", { ...shape, time: "continuous" }, seed),
    () => randomSpec("low-rank", { ...shape, rank: 2 }, seed),
    () => randomSpec("plrnn", shape, seed),
  ];
  return buildCell(specs[kind]());
}

/** Starts that make rounds necessary, and more than one condition. */
function startsFor(cell: Main.Cell, seed: number) {
  const starts = main.defaultStarts(cell, { count: 12, seed });
  const random = main.createRandom(seed);
  const inputs = Array.from({ length: 2 }, () => [random.normal(), random.normal()]);
  return { starts, input: Array.from({ length: 12 }, (_, i) => inputs[i % 2]) };
}

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

const labels = (count: number) => Array.from({ length: count }, (_, i) => i % 3);

describe("a pool of workers", () => {
  test("gives the bytes of the serial verb, for every verb, network, seed and number of workers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 1, 2, 3, 4, 5),
        fc.integer({ min: 0, max: 10_000 }),
        async (kind, seed) => {
          const cell = network(kind, seed);
          const { starts, input } = startsFor(cell, seed);
          const few = { input, seed, searchBudget: 150 };
          const calls: (readonly [Finder, object])[] = [
            ["findFixedPoints", { ...few, hints: [new Float64Array(cell.dimension)] }],
            ["findSlowPoints", { input, maxSpeed: 1 }],
            ["findAttractors", { input, maxSteps: 1500, maxPeriod: 8 }],
            ...(cell.time === "discrete" ? ([["findCycles", { ...few, period: 2 }]] as const) : []),
          ];
          for (const [verb, options] of calls) {
            const serial = bytesOf((main[verb] as (...args: unknown[]) => unknown)(cell, starts, options));
            for (const pool of pools)
              expect(bytesOf(await pool[verb](cell, starts, options)), `${verb}, ${pool.size}`).toBe(serial);
          }
        },
      ),
      { seed: 20130301, numRuns: 8 },
    );
  });

  test("gives the bytes of the serial analysis, stages included", async () => {
    const cell = network(1, 4);
    const starts = main.defaultStarts(cell, { count: 40 });
    const options = { slow: true, maxPeriod: 3, seed: 5 };
    const serial = JSON.stringify(main.analyze(cell, starts, options));
    for (const pool of pools) expect(JSON.stringify(await pool.analyze(cell, starts, options))).toBe(serial);
  });

  test("gives the bytes of the serial simulation: maps, flows, inputs of every kind, what is recorded", async () => {
    const table = (rows: number, seed: number) => {
      const random = main.createRandom(seed);
      return Array.from({ length: rows }, () => [random.normal(), random.normal()]);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 1, 2, 3, 4, 5),
        fc.integer({ min: 1, max: 150 }),
        async (kind, count) => {
          const cell = network(kind, count);
          const starts = main.defaultStarts(cell, { count, seed: count });
          const every: Main.SimulateOptions[] = [
            { inputs: table(7, 1), record: "final" },
            { inputs: table(4 * count, 2), steps: 4 },
            { steps: 5, input: [0.3, -0.2], method: "rk4", dt: 0.2 },
          ];
          for (const options of every) {
            const serial = bytesOf(main.simulate(cell, starts, options));
            for (const pool of pools)
              expect(bytesOf(await pool.simulate(cell, starts, options))).toBe(serial);
          }
        },
      ),
      { seed: 20130302, numRuns: 8 },
    );
  });

  test("gives the bytes of the serial classification, its stages and their order", async () => {
    // 50 states of 64 units go in two groups, few of few units in one.
    const wide = main.buildCell(main.randomSpec("vanilla", { ...shape, units: 64, gain: 0.4 }, 3));
    for (const [cell, count] of [
      [network(1, 11), 20],
      [network(3, 11), 6],
      [wide, 50],
    ] as const) {
      const memories = { states: main.defaultStarts(cell, { count, seed: 5 }), labels: labels(count) };
      const seen: string[][] = [];
      const options = (): Study.ClassifyMechanismOptions => {
        const stages: string[] = [];
        seen.push(stages);
        return {
          delay: 10,
          horizon: 40,
          maxPeriod: 4,
          slowStarts: 2,
          input: [0.2, -0.1],
          readout: (x) => [x[0], x[1] ** 2],
          original: { run: 30, window: 10, copies: 1 },
          onProgress: (...stage) => stages.push(stage.join(" ")),
        };
      };
      const serial = bytesOf(study.classifyMechanism(cell, memories, options()));
      for (const pool of pools)
        expect(bytesOf(await pool.classifyMechanism(cell, memories, options()))).toBe(serial);
      for (const stages of seen) expect(stages).toEqual(seen[0]);
    }
  });

  test("does several calls at once, each as if it were alone", async () => {
    const cells = [0, 1, 2, 3, 4].map((kind) => network(kind, 7));
    const starts = cells.map((cell) => main.defaultStarts(cell, { count: 10 }));
    const reports = await Promise.all(cells.map((cell, i) => pools[1].findFixedPoints(cell, starts[i])));
    for (const [i, report] of reports.entries())
      expect(bytesOf(report)).toBe(bytesOf(main.findFixedPoints(cells[i], starts[i])));
  });

  test("sends a method by its name", async () => {
    const cell = network(0, 3);
    const starts = main.defaultStarts(cell, { count: 10 });
    for (const method of [methods.newton, main.levenbergMarquardt, main.dogleg]) {
      const { options } = await pools[1].findFixedPoints(cell, starts, { method });
      expect(options.method).toBe(method.name);
    }
    await expect(pools[1].findFixedPoints(cell, starts, { method: methods.adam() })).rejects.toThrow(
      'findFixedPoints: method "adam" cannot be sent to workers, expected one of automatic, dogleg, levenberg-marquardt, newton, newton-krylov',
    );
  });

  test("counts every start once, in order, and the caller may stop by throwing", async () => {
    const cell = network(0, 3);
    const starts = main.defaultStarts(cell, { count: 50 });
    for (const pool of pools) {
      const seen: number[] = [];
      await pool.findFixedPoints(cell, starts, {
        onProgress: (done, total) => seen.push(done * 1000 + total),
      });
      expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => (i + 1) * 1000 + 50));
    }
    for (const pool of pools) {
      const seen: number[][] = [];
      await pool.simulate(cell, main.defaultStarts(cell, { count: 200 }), {
        steps: 3,
        onProgress: (...counts) => seen.push(counts),
      });
      expect(seen).toEqual([50, 100, 150, 200].map((done) => [done, 200]));
    }
    const onProgress = () => {
      throw new Error("enough");
    };
    await expect(pools[1].findFixedPoints(cell, starts, { onProgress })).rejects.toThrow("enough");
    expect((await pools[1].findFixedPoints(cell, starts)).starts.total).toBe(50);
  });
});

describe("a system of one's own", () => {
  const starts = [
    [0.5, -0.5],
    [-1, 0.3],
    [2, 2],
    [0.01, 0],
  ];

  test("is imported by every worker, and called with the arguments given", async () => {
    const serial = bytesOf(main.findFixedPoints(pair(2, 0.5), starts));
    for (const pool of pools)
      expect(
        bytesOf(await pool.findFixedPoints({ module, export: "pair", arguments: [2, 0.5] }, starts)),
      ).toBe(serial);
    const byName = await pools[1].findFixedPoints({ module: module.href, export: "twoTwo" }, starts);
    expect(bytesOf(byName)).toBe(bytesOf(main.findFixedPoints(pair(2, 2), starts)));
  });

  test("may post messages of its own from a worker: they are not taken for answers", async () => {
    const report = await pools[1].findFixedPoints({ module, export: "talking" }, starts);
    expect(bytesOf(report)).toBe(bytesOf(main.findFixedPoints(pair(2, 2), starts)));
  });

  test("is refused in one sentence when it cannot cross", async () => {
    const find = (system: unknown) => pools[0].findFixedPoints(system as Door.Crossable, starts);
    const plain = main.map({ dimension: 2, step: ([x, y]) => [x / 2, y / 2] });
    for (const bad of [plain, undefined, 3, main.withInput(network(0, 1), [0, 0])])
      await expect(find(bad)).rejects.toThrow(
        /^findFixedPoints: system is .* that cannot be sent to workers, expected a network .* or \{ module: URL/,
      );
    await expect(find({ module: "./systems.mjs", export: "pair" })).rejects.toThrow(
      "expected an absolute URL",
    );
    await expect(find({ ...twoTwo, arguments: [() => 1] })).rejects.toThrow(
      "system.arguments cannot be sent",
    );
    await expect(find({ module, export: "nothing" })).rejects.toThrow("exports no function nothing");
    await expect(find({ module, export: "notASystem" })).rejects.toThrow("expected a DynamicalSystem");
  });

  test("that throws rejects the call with what the serial verb throws, and the pool goes on", async () => {
    const some = [
      [0.1, 0.1],
      [6, 0],
      [0.2, 0.1],
      [7, 0],
      [8, 0],
    ];
    const serial = thrownBy(() => main.findFixedPoints(throwing(), some));
    expect(serial.message).toBe("no state above 5, got 6");
    for (const pool of pools) {
      await expect(pool.findFixedPoints({ module, export: "throwing" }, some)).rejects.toMatchObject({
        name: serial.name,
        message: serial.message,
      });
      const after = await pool.findFixedPoints(twoTwo, starts);
      expect(bytesOf(after)).toBe(bytesOf(main.findFixedPoints(pair(2, 2), starts)));
    }
  });
});

test("a module that gives workers another system than its caller is refused in one sentence", async () => {
  for (const pool of pools)
    await expect(pool.simulate({ module, export: "shrinking" }, [[0.1, 0.2]], { steps: 3 })).rejects.toThrow(
      /^worker: shrinking of file:.* returned a system whose dimension is 1, expected 2 as in the caller: it must return the same system each time$/,
    );
});

describe("a worker that crashes", () => {
  const starts = Array.from({ length: 30 }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i)]);

  test("is replaced, and its jobs are done again: same bytes", async () => {
    const serial = bytesOf(main.findFixedPoints({ ...pair(2, 2), domain: undefined! }, starts));
    for (const pool of pools) {
      const trace = join(folder, `left-${pool.size}`);
      const once = { module, export: "leavingOnce", arguments: [trace] };
      expect(bytesOf(await pool.findFixedPoints(once, starts))).toBe(serial);
      expect(existsSync(trace)).toBe(true);
    }
  });

  test("is replaced in a simulation and in a classification too", async () => {
    const plain = { ...pair(2, 2), domain: undefined! };
    const followed = bytesOf(main.simulate(plain, starts, { steps: 20 }));
    const memories = { states: starts, labels: labels(30) };
    const classified = bytesOf(study.classifyMechanism(plain, memories, { delay: 5 }));
    for (const pool of pools) {
      const once = (name: string) =>
        ({ module, export: "leavingOnce", arguments: [join(folder, `${name}-${pool.size}`)] }) as const;
      expect(bytesOf(await pool.simulate(once("simulate"), starts, { steps: 20 }))).toBe(followed);
      expect(bytesOf(await pool.classifyMechanism(once("classify"), memories, { delay: 5 }))).toBe(
        classified,
      );
      for (const name of ["simulate", "classify"])
        expect(existsSync(join(folder, `${name}-${pool.size}`))).toBe(true);
    }
  });

  test("three times on one job gives up with one sentence that names it, and the pool goes on", async () => {
    const bad = starts.map((x, i) => (i === 13 ? [9, 9] : x));
    for (const pool of pools) {
      await expect(pool.findFixedPoints({ module, export: "leaving" }, bad)).rejects.toThrow(
        'rnn-dynamics/parallel: job 13 of "descend" crashed a worker 3 times, at last: it left with exit code 7',
      );
      expect((await pool.findFixedPoints(twoTwo, starts)).points.length).toBe(9);
    }
  });

  test("because its script is not there is an error, not an endless wait", async () => {
    const pool = door.createPool({ size: 2, worker: new URL("./missing.js", import.meta.url) });
    await expect(pool.findFixedPoints(twoTwo, starts)).rejects.toThrow(/crashed a worker 3 times.*missing/);
    pool.close();
  });
});

describe("a call that is aborted", () => {
  const never = { module, export: "endless" };
  const stuck = [
    [9, 9],
    [9, 9],
    [9, 9],
    [9, 9],
  ];

  test("rejects with the signal's reason at once, and its workers are free again", async () => {
    for (const pool of pools) {
      const controller = new AbortController();
      const reason = new Error("changed my mind");
      const call = pool.findFixedPoints(never, stuck, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 100);
      await expect(call).rejects.toBe(reason);
      expect((await pool.findFixedPoints(twoTwo, [[0.5, 0.5]])).starts.counts.fixed).toBe(1);
    }
  });

  test("ends simulations and classifications as well", async () => {
    const memories = { states: stuck, labels: [0, 1, 2, 0] };
    for (const pool of pools) {
      const signal = AbortSignal.timeout(50);
      const calls = [
        pool.simulate(never, stuck, { steps: 3, signal }),
        pool.classifyMechanism(never, memories, { delay: 5, signal }),
      ];
      for (const call of await Promise.allSettled(calls))
        expect(call).toMatchObject({ status: "rejected", reason: { name: "TimeoutError" } });
      expect((await pool.simulate(twoTwo, [[0.5, 0.5]], { steps: 2 })).outcomes).toEqual(["ok"]);
    }
  });

  test("does not disturb the other calls of the pool", async () => {
    const cell = network(0, 5);
    const starts = main.defaultStarts(cell, { count: 60 });
    const controller = new AbortController();
    const aborted = pools[1].findFixedPoints(never, stuck, { signal: controller.signal });
    const other = pools[1].findFixedPoints(cell, starts);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    expect(bytesOf(await other)).toBe(bytesOf(main.findFixedPoints(cell, starts)));
  });

  test("does not wait for a module that never gives its system, nor does closing", async () => {
    const waiting = { module, export: "neverReady" };
    const signal = AbortSignal.timeout(30);
    await expect(pools[0].findFixedPoints(waiting, stuck, { signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const pool = door.createPool({ size: 1 });
    const call = pool.findFixedPoints(waiting, stuck);
    setTimeout(() => pool.close(), 30);
    await expect(call).rejects.toThrow("the pool is closed");
  });

  test("before it begins does nothing", async () => {
    const signal = AbortSignal.abort("too late");
    await expect(pools[0].findFixedPoints(never, stuck, { signal })).rejects.toBe("too late");
  });

  test("by a progress callback stops there", async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort("seen enough");
    const { signal } = controller;
    const starts = main.defaultStarts(network(0, 5), { count: 60 });
    await expect(pools[1].findFixedPoints(network(0, 5), starts, { signal, onProgress })).rejects.toBe(
      "seen enough",
    );
  });

  test("by closing the pool rejects, and so do calls after that", async () => {
    const pool = door.createPool({ size: 1 });
    const call = pool.findFixedPoints(never, stuck);
    setTimeout(() => pool.close(), 50);
    await expect(call).rejects.toThrow("the pool is closed");
    await expect(pool.findFixedPoints(twoTwo, stuck)).rejects.toThrow("the pool is closed");
  });
});

describe("arguments", () => {
  test("that are wrong are told as the serial verb tells them", async () => {
    const cell = network(0, 1);
    const bad: [Parameters<Door.Pool["findFixedPoints"]>[1], object][] = [
      [[[1, 2]], {}],
      [[], {}],
      [[new Float64Array(6)], { tolerence: 1 }],
      [[new Float64Array(6)], { seed: 0.5 }],
      [[new Float64Array(6)], 5 as unknown as object],
    ];
    for (const [starts, options] of bad) {
      const { message } = thrownBy(() => main.findFixedPoints(cell, starts, options));
      await expect(pools[0].findFixedPoints(cell, starts, options)).rejects.toThrow(
        new main.ArgumentError(message),
      );
    }
    for (const options of [{}, { steps: 3, method: "heun" }, { steps: -1 }] as Main.SimulateOptions[]) {
      const { message } = thrownBy(() => main.simulate(cell, [new Float64Array(6)], options));
      await expect(pools[0].simulate(cell, [new Float64Array(6)], options)).rejects.toThrow(message);
    }
    const few = { states: [new Float64Array(6)], labels: [1] };
    const { message } = thrownBy(() => study.classifyMechanism(cell, few, { delay: 5 }));
    await expect(pools[0].classifyMechanism(cell, few, { delay: 5 })).rejects.toThrow(message);
  });

  test("that only the pool has are told in one sentence", async () => {
    const cell = network(0, 1);
    await expect(
      pools[0].findFixedPoints(cell, [new Float64Array(6)], { signal: 5 as unknown as AbortSignal }),
    ).rejects.toThrow("findFixedPoints: signal is 5, expected an AbortSignal");
    await expect(
      pools[0].findFixedPoints({ ...twoTwo, args: [] } as Door.SystemModule, [[0, 0]]),
    ).rejects.toThrow("findFixedPoints: system.args is not known, expected { module: URL");
  });

  test("of a pool are checked", () => {
    expect(() => door.createPool({ size: 0 })).toThrow(
      "createPool: size is 0, expected an integer in [1, 1024]",
    );
    expect(() => door.createPool({ workers: 2 } as object)).toThrow('createPool: unknown option "workers"');
    for (const worker of ["nonsense", "./worker.js", 5 as unknown as string])
      expect(() => door.createPool({ worker })).toThrow(
        `createPool: worker is ${JSON.stringify(worker)}, expected the URL of a script such as new URL(`,
      );
    expect(door.createPool().size).toBeGreaterThan(0);
  });
});

test("a script ends by itself although its pool was never closed", async () => {
  const script = `
    import { buildCell } from "rnn-dynamics";
    import { createPool } from "rnn-dynamics/parallel";
    const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
    const { points } = await createPool({ size: 2 }).findFixedPoints(cell, [[-1], [0.1], [1]]);
    console.log(points.length);
  `;
  const ran = await run(process.execPath, ["--input-type=module", "-e", script], root, 30_000);
  expect(ran).toEqual({ code: 0, stdout: "3\n", stderr: "" });
});

import { describe, expect, test } from "vitest";
import { type Rules, violations } from "./helpers/architecture.js";
import { filesUnder, packageJson, textOf } from "./helpers/files.js";

const { dependencies, devDependencies, peerDependencies } = packageJson();

const rules: Rules = {
  floors: [
    ["core"],
    ["numeric", "tasks"],
    ["systems", "cells", "solve"],
    ["analysis", "train", "io"],
    ["study", "proof", "tfjs"],
    ["parallel", "sweep", "report"],
    ["cli", "index"],
  ],
  strangers: { analysis: ["cells"] },
  node: { cli: "freely", sweep: "freely", io: "lazily", parallel: "lazily" },
  programs: ["cli"],
  packages: Object.keys({ ...dependencies, ...peerDependencies }),
  bundled: { "src/report/page/": ["three"] },
};

describe("the source tree", () => {
  test("has only downhill imports, no cycle, no clock, no dice, no output and no module state", () => {
    // AssemblyScript, not TypeScript: functions on addresses, which import each other only.
    const files = filesUnder("src", ".ts").filter((path) => !path.startsWith("src/numeric/assembly/"));
    const sources = new Map(files.map((path) => [path, textOf(path)]));
    expect(sources.size).toBeGreaterThan(5);
    expect(violations(sources, rules).map(({ at, what }) => `${at}: ${what}`)).toEqual([]);
  });
});

describe("the checker", () => {
  const leaf = "export const a = 1;\n";
  const check = (files: Record<string, string>) =>
    violations(new Map(Object.entries(files)), rules).map(({ what }) => what);

  test("lets downhill and same-folder imports pass", () => {
    expect(
      check({
        "src/core/a.ts": leaf,
        "src/solve/a.ts": leaf,
        "src/solve/b.ts":
          'import { a } from "../core/a.js";\nexport { a as c } from "./a.js";\nexport const b = a;',
        "src/index.ts": 'export { b } from "./solve/b.js";',
      }),
    ).toEqual([]);
  });

  test.each([
    ["import", 'import { a } from "../solve/a.js";'],
    ["type import", 'import type { a } from "../solve/a.js";'],
    ["re-export", 'export * from "../solve/a.js";'],
    ["dynamic import", 'export const f = () => import("../solve/a.js");'],
    ["import type node", 'export type A = import("../solve/a.js").A;'],
  ])("catches an upward %s", (_, text) => {
    expect(check({ "src/solve/a.ts": leaf, "src/core/b.ts": text })).toEqual([
      "upward import: core -> solve",
    ]);
  });

  test("catches a sideways import", () => {
    expect(check({ "src/cells/a.ts": leaf, "src/solve/b.ts": 'import "../cells/a.js";' })).toEqual([
      "sideways import: solve -> cells",
    ]);
  });

  test("catches an analysis that knows a cell", () => {
    expect(check({ "src/cells/a.ts": leaf, "src/analysis/b.ts": 'import "../cells/a.js";' })).toEqual([
      "analysis must not know cells",
    ]);
  });

  test("catches a cycle of files, types included, inside one folder", () => {
    expect(
      check({
        "src/core/a.ts": 'import type { B } from "./b.js"; export type A = B;',
        "src/core/b.ts": 'import "./c.js"; export type B = 1;',
        "src/core/c.ts": 'import "./a.js";',
      }),
    ).toEqual(["cycle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts"]);
  });

  test("catches a folder nobody has given a floor", () => {
    expect(check({ "src/utils/a.ts": leaf })).toEqual(["utils is not in the table of floors"]);
  });

  test("catches an import of a file that is not there or not in src", () => {
    expect(check({ "src/core/a.ts": 'import "./gone.js";\nimport "../../test/helpers/files.js";' })).toEqual([
      "./gone.js is not a source file",
      "../../test/helpers/files.js is not a source file",
    ]);
  });

  test("keeps Node's modules in the command line and, lazily, in io", () => {
    const now = 'import { readFile } from "node:fs/promises"; export { readFile };';
    const late = 'export const f = async () => (await import("node:fs/promises")).readFile;';
    expect(check({ "src/cli/main.ts": now, "src/io/a.ts": late, "src/io/nodeFiles.ts": now })).toEqual([]);
    expect(check({ "src/io/a.ts": now, "src/analysis/a.ts": late })).toEqual([
      "node:fs/promises must be imported by await import() here",
      "analysis imports node:fs/promises",
    ]);
  });

  test("catches what Node hands out without an import", () => {
    const text = 'export const os = globalThis.process?.getBuiltinModule?.("node:os");';
    expect(check({ "src/parallel/nodeThread.ts": text })).toEqual([]);
    expect(check({ "src/analysis/a.ts": text })).toEqual(["analysis imports node:*"]);
    expect(check({ "src/parallel/a.ts": text })).toEqual(["node:* must be imported by await import() here"]);
  });

  test("catches a package that users would not have", () => {
    const bad = ["vitest", "@scope/thing", "fs"];
    expect(check({ "src/core/a.ts": bad.map((p) => `import "${p}/x";`).join("\n") })).toEqual(
      bad.map((p) => `${p} is not a runtime dependency`),
    );
    expect(check({ "src/core/a.ts": 'import "pure-rand/generator/xoroshiro128plus";' })).toEqual([]);
  });

  test("lets a bundled program have its packages, and keeps everything else out of it", () => {
    const page = 'import { Scene } from "three";\nexport const a = Scene;';
    expect(check({ "src/report/page/a.ts": page })).toEqual([]);
    expect(check({ "src/report/b.ts": page })).toEqual(["three is not a runtime dependency"]);
    expect(check({ "src/report/page/a.ts": 'import "vitest";' })).toEqual([
      "vitest is not a runtime dependency",
    ]);
    expect(check({ "src/report/page/a.ts": leaf, "src/report/b.ts": 'import "./page/a.js";' })).toEqual([
      "src/report/page/ is bundled, not published",
    ]);
  });

  test("knows as bundled only what is published nowhere and comes as a development dependency", () => {
    const { exclude } = JSON.parse(textOf("tsconfig.build.json")) as { exclude: string[] };
    for (const [folder, packages] of Object.entries(rules.bundled)) {
      expect(exclude).toContain(folder.replace(/\/$/, ""));
      for (const name of packages) expect(Object.keys(devDependencies ?? {})).toContain(name);
    }
  });

  test.each([
    ["Math.random()", "Math.random"],
    ['Math["random"]()', "Math.random"],
    ["globalThis.Math.random()", "Math.random"],
    ["Date.now()", "Date.now"],
    ["new Date()", "new Date()"],
    ["performance.now()", "performance.now"],
    ['console.warn("x")', "console.warn"],
  ])("catches %s in a function, except in the command line", (call, what) => {
    const text = `export function f() { return ${call}; }`;
    expect(check({ "src/core/a.ts": text })).toEqual([what]);
    expect(check({ "src/cli/a.ts": text })).toEqual([]);
  });

  test("catches dice that were unpacked first", () => {
    expect(check({ "src/core/a.ts": "const { random } = Math; export const f = () => random();" })).toEqual([
      "Math.random",
    ]);
  });

  test("catches a module-level let, and lets a local one be", () => {
    expect(check({ "src/core/a.ts": "let n = 0; export const f = () => n++;" })).toEqual([
      "module-level variable: state belongs to a call",
    ]);
    expect(check({ "src/core/a.ts": "export function f() { let n = 0; return n++; }" })).toEqual([]);
  });

  test("reads code, not comments or strings", () => {
    const text = '/** console.log(Math.random()) import "../solve/a.js" */ export const s = "Math.random()";';
    expect(check({ "src/core/a.ts": text })).toEqual([]);
  });
});

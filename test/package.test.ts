import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageJson, requireBuild, root } from "./helpers/files.js";
import { run } from "./helpers/run.js";

/** What a user writes: x <- x + x^2 + 0.01 never rests, and is slowest at 0, where q = 0.01^2 / 2. */
const main = `
import { findSlowPoints, map } from "rnn-dynamics";
import { readWeights } from "rnn-dynamics/io";

const system = map({ dimension: 1, step: (x) => [x[0]! + x[0]! ** 2 + 0.01] });
const report = findSlowPoints(system, [[0.4], [-0.3], [0.05]]);
const states: number[] = report.points.map((point) => point.state[0]!);
const speeds: number[] = report.points.map((point) => point.q);
const reader: string = typeof readWeights;
console.log(JSON.stringify({ states, speeds, reader }));
`;

/** The same for a browser: the answer is left on the global object. */
const page = `
import { findSlowPoints, map } from "rnn-dynamics";
const system = map({ dimension: 1, step: (x) => [x[0] + x[0] ** 2 + 0.01] });
const { points } = findSlowPoints(system, [[0.4], [-0.3], [0.05]]);
globalThis.answer = { states: points.map((p) => p.state[0]), speeds: points.map((p) => p.q) };
`;

/** A pool in a script: the worker is found beside the door. */
const pool = `
import { buildCell, findFixedPoints } from "rnn-dynamics";
import { createPool } from "rnn-dynamics/parallel";
const cell = buildCell({ kind: "vanilla", activation: "tanh", recurrent: [[2]] });
const starts = [[-1], [0.1], [1]];
const two = createPool({ size: 2 });
const report = await two.findFixedPoints(cell, starts);
two.close();
const same = JSON.stringify(report) === JSON.stringify(findFixedPoints(cell, starts));
console.log(report.points.length, same);
`;

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2022", "DOM"],
  types: [],
};

describe("the published package, installed in an empty project", () => {
  const folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-"));
  const project = join(folder, "project");
  const installed = join(project, "node_modules", "rnn-dynamics");
  let tarball: string;
  let packed: string[];

  beforeAll(async () => {
    requireBuild();
    const pack = await run(
      "npm",
      ["pack", "--ignore-scripts", "--json", "--silent", "--pack-destination", folder],
      root,
    );
    expect(pack.stderr + pack.stdout, "npm pack").toContain("filename");
    packed = JSON.parse(pack.stdout)[0].files.map((file: { path: string }) => file.path);
    tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    writeFileSync(join(project, "main.ts"), main);
    const install = await run(
      "npm",
      ["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", tarball],
      project,
    );
    expect(install, "npm install of the tarball").toMatchObject({ code: 0 });
  }, 180_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Type-checks, and builds into `out`, the user's main.ts. */
  const compile = (options: object) => {
    const compilerOptions = { ...strict, ...options, outDir: "out", rootDir: "." };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    return run(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "--pretty", "false"],
      project,
    );
  };

  test("holds what a user needs and nothing else", () => {
    expect(packed).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", "CHANGELOG.md"]));
    expect(packed).toEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts", "dist/cli/main.js"]));
    const wanted =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|d\.ts|js\.map)|docs\/.+\.(md|svg|png))$/;
    expect(packed.filter((path) => !wanted.test(path))).toEqual([]);
    expect(packed.filter((path) => /test|fixture|oracle|bench/i.test(path))).toEqual([]);
  });

  test("type-checks under strict NodeNext, libraries included, and runs under Node", async () => {
    expect(await compile({ module: "NodeNext", moduleResolution: "NodeNext" })).toMatchObject({
      code: 0,
      stdout: "",
    });
    const ran = await run(process.execPath, ["out/main.js"], project);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const { states, speeds, reader } = JSON.parse(ran.stdout);
    expect(states).toEqual([expect.closeTo(0, 6)]);
    expect(speeds).toEqual([expect.closeTo(5e-5, 10)]);
    expect(reader).toBe("function");
  });

  test("type-checks as a bundler resolves it, libraries included", async () => {
    expect(await compile({ module: "ESNext", moduleResolution: "bundler" })).toMatchObject({
      code: 0,
      stdout: "",
    });
  });

  test("bundles for the browser without a trace of Node, and the bundle runs where there is no Node", async () => {
    writeFileSync(join(project, "page.js"), page);
    const { outputFiles, metafile } = await build({
      entryPoints: [join(project, "page.js")],
      absWorkingDir: project,
      bundle: true,
      format: "esm",
      platform: "browser",
      metafile: true,
      write: false,
      logLevel: "silent",
    });
    expect(Object.values(metafile!.outputs).flatMap((output) => output.imports)).toEqual([]);
    const script = outputFiles[0]!.text;
    expect(script).not.toMatch(/["']node:/);
    const browser = vm.createContext({}); // the language itself, and nothing of Node
    new vm.Script(`{${script}}`).runInContext(browser);
    const { states, speeds } = JSON.parse(vm.runInContext("JSON.stringify(answer)", browser));
    expect(states).toEqual([expect.closeTo(0, 6)]);
    expect(speeds).toEqual([expect.closeTo(5e-5, 10)]);
  });

  test("starts workers from where it is installed", async () => {
    writeFileSync(join(project, "pool.js"), pool);
    const ran = await run(process.execPath, ["pool.js"], project);
    expect(ran).toEqual({ code: 0, stdout: "3 true\n", stderr: "" });
  });

  test("installs a command that knows its version", async () => {
    const ran = await run("npx", ["--no-install", "rnn-dynamics", "--version"], project);
    expect(ran.stdout.trim()).toBe(packageJson().version);
    expect(ran.code).toBe(0);
  });

  test("satisfies publint, suggestions included", async () => {
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true });
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
  });

  test("has types that resolve the way its modules do", async () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const ran = await run(process.execPath, [attw, tarball, "--profile", "esm-only", "--no-color"], project);
    expect(ran, ran.stdout).toMatchObject({ code: 0 });
  });
});

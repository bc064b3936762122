import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Block,
  commands,
  markdownBlocks,
  missingImports,
  publicNames,
  runnable,
} from "./helpers/docs.js";
import { looksLike } from "./helpers/documented.mjs";
import { filesUnder, requireBuild, root, textOf } from "./helpers/files.js";
import { run } from "./helpers/run.js";

// Inside the repository, so that `import "rnn-dynamics"` finds this package; not in node_modules, where it would not.
const cache = join(root, ".cache/docs");
const desk = join(cache, "desk"); // where blocks run: files they write do not land among the sources
const checker = pathToFileURL(join(root, "test/helpers/documented.mjs")).href;

const pages = ["README.md", ...filesUnder("docs", ".md")]
  .filter((path) => existsSync(join(root, path)))
  .filter((path) => !path.startsWith("docs/reference/")); // made from the doc comments, for the site
const fromPages = pages.flatMap((path) => markdownBlocks(path, textOf(path)));
const names = publicNames();
const fromComments = names.flatMap(({ examples }) => examples);
const blocks = [...fromPages, ...fromComments].filter(({ notRun }) => notRun === undefined);
const programs = blocks.filter(({ language }) => language === "js" || language === "ts");

const available = new Map(names.map(({ name, door }) => [name, door]));

/** What an example in a doc comment may leave out: the reader sees where its function comes from. A page may not. */
const importsFor = (block: Block) =>
  fromComments.includes(block) ? missingImports(block.code, available) : "";

beforeAll(() => {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(desk, { recursive: true });
  for (const folder of ["examples", "test", "bench", "docs"])
    if (existsSync(join(root, folder))) symlinkSync(join(root, folder), join(desk, folder), "junction");
});

afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** Runs a js or ts block; resolves to what went wrong, or to nothing. */
async function failureOf(block: Block, name: string, imports = ""): Promise<string> {
  const file = join(cache, `${name}.mjs`);
  const program = imports + runnable(block.code, checker);
  writeFileSync(file, block.language === "ts" ? transformSync(program, { loader: "ts" }).code : program);
  const ran = await run(process.execPath, [file], desk, 60_000);
  return ran.code === 0 ? "" : ran.stderr || `ended with ${ran.code}`;
}

describe.concurrent("a code block of the documentation runs and says the truth", () => {
  beforeAll(requireBuild);

  const labelled = programs.map((block, i) => [block.at, block, `block-${i}`] as const);
  test.each(labelled)("%s", { timeout: 90_000 }, async (_, block, file) => {
    expect(await failureOf(block, file, importsFor(block))).toBe("");
  });

  const lines = blocks
    .filter(({ language }) => language === "sh")
    .map(({ at, code }) => [at, commands(code)] as const)
    .filter(([, all]) => all.length > 0);
  // In order: a later command of a block may read what an earlier one wrote.
  test.each(lines)("%s: its commands", { timeout: 120_000 }, async (_, all) => {
    const bin = join(root, "dist/cli/main.js");
    for (const command of all) {
      const ran = await run("sh", ["-c", `"${process.execPath}" "${bin}" ${command}`], desk, 60_000);
      expect([command, ran]).toMatchObject([command, { code: 0 }]);
    }
  });
});

describe.concurrent("an example program runs", () => {
  beforeAll(requireBuild);

  const examples = filesUnder("examples", ".mjs").filter((path) => path.split("/").length === 2);
  test.each(examples)("%s", async (path) => {
    expect(await run(process.execPath, [join(root, path)], desk, 60_000)).toMatchObject({
      code: 0,
      stderr: "",
    });
  });
});

describe("the documentation", () => {
  test("has only JSON blocks that parse", () => {
    const bad = blocks.filter(({ language, code }) => language === "json" && !parses(code));
    expect(bad.map(({ at }) => at)).toEqual([]);
  });

  test("has TypeScript blocks that type-check", { timeout: 90_000 }, () => {
    requireBuild();
    const typed = blocks.filter(({ language }) => language === "ts");
    expect(typed.length).toBeGreaterThan(10);
    expect(typeErrors(typed)).toEqual([]);
  });

  test("describes every public name, and shows every public function in use", () => {
    expect(names.filter(({ described }) => !described).map(({ at }) => at)).toEqual([]);
    expect(
      names.filter(({ callable, examples }) => callable && !examples.length).map(({ at }) => at),
    ).toEqual([]);
  });

  test("has no picture that a script of docs/figures does not make", () => {
    const scripts = filesUnder("docs/figures", ".mjs").map(textOf);
    const makes = (script: string, image: string) => {
      const stem = image.replace(/\.\w+$/, "");
      const [family, part] = stem.split(/-(.*)/);
      const inFamily = script.includes(`docs/images/${family}-*`) && script.includes(`"${part}"`);
      return script.includes(`images/${image}`) || script.includes(`"${stem}"`) || inFamily;
    };
    const images = filesUnder("docs/images").map((path) => path.replace("docs/images/", ""));
    expect(images.length).toBeGreaterThan(10);
    expect(images.filter((image) => !scripts.some((script) => makes(script, image)))).toEqual([]);
  });

  test("leaves few blocks out, each with a reason", () => {
    const left = [...fromPages, ...fromComments].filter(({ notRun }) => notRun !== undefined);
    expect(left.length).toBeLessThan(8);
    expect(left.filter(({ notRun }) => !notRun)).toEqual([]);
  });
});

function parses(code: string): boolean {
  try {
    JSON.parse(code);
    return true;
  } catch {
    return false;
  }
}

/** What a strict compiler has against TypeScript blocks, each a module of its own. */
function typeErrors(typed: readonly Block[]): string[] {
  const at = new Map<string, Block>();
  for (const [i, block] of typed.entries()) {
    const file = join(cache, `typed-${i}.mts`);
    writeFileSync(file, `${importsFor(block)}${block.code}\nexport {};\n`);
    at.set(file.replaceAll("\\", "/"), block);
  }
  const program = ts.createProgram([...at.keys()], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${at.get(file?.fileName ?? "")?.at}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
}

describe("the machinery that runs the documentation", () => {
  test("finds blocks by language and reads the reason above one that is not run", () => {
    const page = [
      "# Title",
      "<!-- not run: needs a camera -->",
      "",
      "```js",
      "f();",
      "```",
      "```text",
      "no",
      "```",
      "- item",
      "  ```json",
      '  {"a": 1}',
      "  ```",
    ].join("\n");
    expect(markdownBlocks("p.md", page)).toEqual([
      { at: "p.md:4", language: "js", code: "f();", notRun: "needs a camera" },
      { at: "p.md:11", language: "json", code: '{"a": 1}' },
    ]);
  });

  test.each([
    [[1 / 3], "0.333"],
    [[27], "27"],
    [[Float64Array.of(0.5, -1)], "[0.5, -1]"],
    [[Float64Array.of(0.5, -1)], "Float64Array(2) [ 0.5, -1 ]"],
    [["stable"], '"stable"'],
    [[{ outcome: "fixed", q: 3.214e-33 }], "{ outcome: 'fixed', q: 3.2e-33 }"],
    [[[1, 2, 3, 4], "x"], "[1, 2, ...] x"],
    [[-0.00012], "-1.2e-4"],
    [[["-0.0000 stable"]], "['0.0000 stable']"],
  ])("agrees that %o is documented by %s", (values, text) => {
    expect(looksLike(values, text)).toBe(true);
  });

  test.each([
    [[1 / 3], "0.334"],
    [[27.4], "27"],
    [[8], "9"],
    [[Float64Array.of(0.5, -1)], "[0.5]"],
    [["stable"], '"unstable"'],
    [[[1, 2, 3]], "[1, 3, ...]"],
    [[3.3e-33], "3.2e-33"],
    [[Number.NaN], "0.0"],
    [["3 stable"], "4 stable"],
  ])("denies that %o is documented by %s", (values, text) => {
    expect(looksLike(values, text)).toBe(false);
  });

  const block = (code: string, language = "js"): Block => ({ at: "here", language, code });

  test("runs a true block, in JavaScript and in TypeScript", async () => {
    expect(
      await failureOf(block("const a = 1 + 1; // => 2\nconsole.log([a], 'x');\n// => [2] x"), "true"),
    ).toBe("");
    expect(await failureOf(block("const a: number = 2; // => 2", "ts"), "typed")).toBe("");
  });

  test("catches a block that lies, one that throws, and one that cannot be imported", async () => {
    expect(await failureOf(block("\n1 + 1; // => 3"), "lie")).toContain("line 2: got 2, documented as 3");
    expect(await failureOf(block("null.x;"), "throw")).toContain("TypeError");
    expect(await failureOf(block('import { nothing } from "rnn-dynamics";'), "import")).toContain("nothing");
  });

  test("refuses an expected value that stands behind no statement", () => {
    expect(() => runnable("// => 3\nf();", checker)).toThrow("behind no statement");
  });

  test("catches a TypeScript block with a type error", () => {
    expect(typeErrors([block("const a: string = 1;", "ts")])).toEqual([
      "here: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  test("imports what an example in a doc comment takes for granted, and nothing else", () => {
    const available = new Map([
      ["map", "rnn-dynamics"],
      ["flow", "rnn-dynamics"],
      ["q", "rnn-dynamics"],
    ]);
    const code = "const q = map({ step: (x) => x }).q; [1].flow(q);";
    expect(missingImports(code, available)).toBe('import { map } from "rnn-dynamics";\n');
    expect(missingImports(`import { map } from "rnn-dynamics"; ${code}`, available)).toBe("");
  });

  test("takes the commands of a shell block, joined over lines, without those for a file of the reader's", () => {
    const shell = [
      "npm install rnn-dynamics",
      "npx rnn-dynamics analyze a.npz \\",
      "  --slow",
      "$ rnn-dynamics inspect b.npz # WHAT",
      "rnn-dynamics inspect WEIGHTS.npz",
      "rnn-dynamics inspect <file>",
      "rnn-dynamics inspect a.npz --starts STARTS.npz:inits",
    ].join("\n");
    expect(commands(shell)).toEqual(["analyze a.npz    --slow", "inspect b.npz # WHAT"]);
  });
});

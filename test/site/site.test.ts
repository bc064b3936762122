/** The site as it is built, with the reference of two doors, in a real browser that reaches its own server only. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { liveProgram } from "../../docs/.vitepress/live/program.js";
import { guides } from "../../docs/.vitepress/pages.js";
import { type Answer, launchBrowser, serve } from "../helpers/browser.js";
import { type Block, markdownBlocks } from "../helpers/docs.js";
import { looksLike } from "../helpers/documented.mjs";
import { filesUnder, requireBuild, root, textOf } from "../helpers/files.js";
import { run } from "../helpers/run.js";

declare const axe: {
  run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
};

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const artefacts = join(root, "test/artefacts");
const types: Readonly<Record<string, Answer["type"]>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

const [home, guide, reference] = [
  "/",
  "/spectrum.html",
  "/reference/rnn-dynamics/tasks/functions/flipFlop.html",
];

let browser: Browser;
let site: Awaited<ReturnType<typeof serve>>;
let folder: string;
let built: string[];

beforeAll(async () => {
  requireBuild();
  mkdirSync(artefacts, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "rnn-dynamics-site-"));
  const made = await run(
    process.execPath,
    ["docs/.vitepress/prepare.mjs", "rnn-dynamics/tasks", "rnn-dynamics/methods"],
    root,
  );
  expect(made).toMatchObject({ code: 0 });
  // A dead link ends it with an error.
  const vitepress = join(root, "node_modules/vitepress/bin/vitepress.js");
  const ran = await run(process.execPath, [vitepress, "build", "docs", "--outDir", folder], root, 240_000);
  expect(ran).toMatchObject({ code: 0 });
  built = readdirSync(folder, { recursive: true }).map(String);
  site = await serve((path) => {
    const file = join(folder, decodeURIComponent(path.endsWith("/") ? `${path}index.html` : path));
    if (path.includes("..") || !existsSync(file) || statSync(file).isDirectory()) return undefined;
    return { type: types[extname(file)] ?? "application/octet-stream", body: readFileSync(file) };
  });
  browser = await launchBrowser({ offline: true });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await site?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Opens a page; what it complains about, and requests to anybody else or for what is not there, are collected. */
async function open(path: string, scheme: "light" | "dark" = "light") {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(site.origin))
      complaints.push(`asks for ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.setViewport({ width: 1360, height: 1000 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(site.origin + path, { waitUntil: "networkidle0" });
  return { page, complaints };
}

/** Presses every Run button of a page and waits until all have ended: what each printed, by block. */
async function runAll(page: Page): Promise<{ kind: string; text: string }[][]> {
  for (const button of await page.$$("button.run")) {
    await button.evaluate((node) => (node as HTMLElement).click());
    await button.evaluate(
      (node) =>
        new Promise<void>((done) => {
          const ended = () => node.textContent === "Run" && done();
          new MutationObserver(ended).observe(node, { childList: true, characterData: true, subtree: true });
          ended();
        }),
    );
  }
  return page.$$eval(".ran", (all) =>
    all.map((ran) =>
      [...ran.children].map(({ className, textContent }) => ({ kind: className, text: textContent! })),
    ),
  );
}

describe("the pages", () => {
  test.each([home, guide, reference])(
    "%s opens without a complaint, and without asking anybody else",
    async (path) => {
      const { page, complaints } = await open(path);
      expect(await page.$eval("h1", (node) => node.textContent)).not.toBe("");
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test.each([home, guide, reference].flatMap((path) => [[path, "light"] as const, [path, "dark"] as const]))(
    "%s has no serious fault of accessibility when %s",
    async (path, scheme) => {
      const { page } = await open(path, scheme);
      expect(await page.$eval("html", (node) => node.classList.contains("dark"))).toBe(scheme === "dark");
      await page.screenshot({ path: join(artefacts, `site-${path.replace(/\W+/g, "-")}-${scheme}.png`) });
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() => axe.run());
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      await page.close();
    },
  );

  test("lead to places that are there", () => {
    const pages = new Map(
      built
        .filter((path) => path.endsWith(".html"))
        .map((path) => [`/${path.split("\\").join("/")}`, readFileSync(join(folder, path), "utf8")]),
    );
    const ids = new Map([...pages].map(([path, text]) => [path, new Set(matches(text, /\sid="([^"]+)"/g))]));
    const dead: string[] = [];
    for (const [path, text] of pages)
      for (const href of matches(text, /<a [^>]*?href="([^"]+)"/g)) {
        if (/^(https?|mailto):/.test(href)) continue;
        const to = new URL(href.replaceAll("&amp;", "&"), `http://site${path}`);
        const file = to.pathname.endsWith("/") ? `${to.pathname}index.html` : to.pathname;
        const place = decodeURIComponent(to.hash.slice(1));
        const there = pages.has(file) ? !place || ids.get(file)!.has(place) : existsSync(join(folder, file));
        if (!there) dead.push(`${path}: ${href}`);
      }
    expect(pages.size).toBeGreaterThan(40);
    expect(dead).toEqual([]);
  });

  test("are all guides there are, each once in the sidebar", () => {
    const listed = guides.flatMap(({ pages }) => Object.keys(pages));
    const there = filesUnder("docs", ".md")
      .map((path) => /^docs\/([^/]+)\.md$/.exec(path)?.[1])
      .filter((name) => name !== undefined && name !== "index");
    expect(listed.toSorted()).toEqual(there.toSorted());
  });
});

test.each([
  ["findSlowPoints", "/concepts.html"],
  ["flipFlop", reference],
])("a search for %s finds %s", async (words, wanted) => {
  const { page, complaints } = await open(home);
  await page.click(".VPNavBarSearch button");
  await page.waitForSelector(".VPLocalSearchBox input");
  await page.type(".VPLocalSearchBox input", words);
  await page.waitForSelector(".VPLocalSearchBox .result");
  const found = await page.$$eval(".VPLocalSearchBox .result", (all) =>
    all.map((a) => a.getAttribute("href")!),
  );
  expect(found.map((href) => href.replace(/#.*/, ""))).toContain(wanted);
  expect(complaints).toEqual([]);
  await page.close();
});

describe("a Run button", () => {
  const live = guides
    .flatMap(({ pages }) => Object.keys(pages))
    .map((name) => [name, markdownBlocks(name, textOf(`docs/${name}.md`)).filter(isLive)] as const)
    .filter(([, blocks]) => blocks.length > 0);

  test("is on every guide with programs that need no file", () => {
    expect(live.map(([name]) => name)).toEqual(
      expect.arrayContaining(["spectrum", "extending", "report", "proof"]),
    );
  });

  test.each(live)("gives on %s what the page says", { timeout: 120_000 }, async (name, blocks) => {
    const { page, complaints } = await open(`/${name}.html`);
    const printed = await runAll(page);
    const values = printed.map((lines) =>
      lines.filter(({ kind }) => kind === "value").map(({ text }) => text),
    );
    const said = blocks.map(({ code }) => matches(code, /\/\/ => (.*)/g));
    expect(printed.flat().filter(({ kind }) => kind === "failed")).toEqual([]);
    expect(values.map(({ length }) => length)).toEqual(said.map(({ length }) => length));
    const pairs = values.flatMap((texts, i) => texts.map((text, j) => [text, said[i]![j]!] as const));
    expect(pairs.filter(([text, expected]) => !looksLike([text], expected))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("runs an example of the reference, which leaves its import out", async () => {
    const { page } = await open(reference);
    expect(await runAll(page)).toEqual([[{ kind: "value", text: "true" }]]);
    await page.close();
  });

  test("is not below a block that reads files, starts workers or is no program", () => {
    const runs = (code: string, language = "js") => liveProgram(language, code) !== undefined;
    expect(runs('import { map } from "rnn-dynamics";\nmap;')).toBe(true);
    expect(runs('import { map } from "rnn-dynamics";\nconst x: number = 1;', "ts")).toBe(true);
    expect(runs("1 + 1; // => 2")).toBe(false);
    expect(runs('import { map } from "rnn-dynamics";', "sh")).toBe(false);
    expect(runs('import { readFileSync } from "node:fs";\nimport { map } from "rnn-dynamics";')).toBe(false);
    expect(runs('import { createPool } from "rnn-dynamics/parallel";')).toBe(false);
    expect(runs('import { readWeights } from "rnn-dynamics/io";\nawait readWeights("a.npz");')).toBe(false);
    expect(runs('import { readWeights } from "rnn-dynamics/io";\nawait readWeights(bytes);')).toBe(true);
  });
});

function isLive({ language, code, notRun }: Block): boolean {
  return notRun === undefined && liveProgram(language, code) !== undefined;
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group]) => group!);
}

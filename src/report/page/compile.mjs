// Bundles the page's program and its style and writes them, with their hashes and the package's version, into
// ../pageCode.ts, which git ignores. Part of `npm run build`; alone: node src/report/page/compile.mjs
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(await readFile(here("../../../package.json"), "utf8"));

const { outputFiles } = await build({
  entryPoints: [here("main.ts")],
  bundle: true,
  minify: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  legalComments: "inline",
  write: false,
});
const script = outputFiles[0].text;
const { code: style } = await transform(await readFile(here("style.css"), "utf8"), {
  loader: "css",
  minify: true,
});
for (const [name, code] of Object.entries({ script, style }))
  if (code.toLowerCase().includes(`</${name}`)) throw new Error(`the ${name} would end its own element`);

const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const constants = {
  pageVersion: ["The version of this package.", version],
  pageScript: ["The page's program, with three.js (MIT) in it.", script],
  pageScriptHash: ["As a content security policy names it.", hash(script)],
  pageStyle: ["The page's style.", style],
  pageStyleHash: ["As a content security policy names it.", hash(style)],
};
const text = `// Made from page/*.ts and page/style.css by page/compile.mjs: not to be edited, not in git.
${Object.entries(constants)
  .map(
    ([name, [meaning, value]]) =>
      `\n/** ${meaning} */\nexport const ${name} =\n  ${JSON.stringify(value)};\n`,
  )
  .join("")}`;
// Left alone when nothing changed, so that a build does not disturb others at work.
const target = here("../pageCode.ts");
if ((await readFile(target, "utf8").catch(() => "")) !== text) await writeFile(target, text);

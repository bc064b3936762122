// Compiles the AssemblyScript sources beside this file to WebAssembly, with and without fused multiply-add, and writes
// both as text into ../wasmCode.ts, which git ignores. Part of `npm run build`; alone: node src/numeric/assembly/compile.mjs
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const folder = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../wasmCode.ts", import.meta.url));
const common = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--use", "abort="];

async function compile(...features) {
  let code;
  const { error, stderr } = await asc.main(
    [
      "index.ts",
      "--outFile",
      "kernel.wasm",
      "--baseDir",
      folder,
      ...common,
      ...features.flatMap((name) => ["--enable", name]),
    ],
    {
      writeFile: (_name, contents) => {
        code = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return Buffer.from(code).toString("base64");
}

const text = `// Made from assembly/*.ts by assembly/compile.mjs: not to be edited, not in git.

/** WebAssembly with SIMD, base64. */
export const simdCode =
  "${await compile("simd")}";

/** The same with the fused multiply-add of relaxed SIMD. */
export const relaxedSimdCode =
  "${await compile("simd", "relaxed-simd")}";
`;
// Left alone when nothing changed, so that a build does not disturb others at work.
if ((await readFile(target, "utf8").catch(() => "")) !== text) await writeFile(target, text);

import ts from "typescript";
import { missingImports, runnable } from "../../../test/helpers/docs.js";
import { liveModules } from "../doors.mjs";

/** Reads or writes a file by its path. */
const wantsFiles = /\b(readWeights|readTensors|inspectWeights)\(\s*["'`]|\bwriteReport\(|\bprocess\./;

/**
 * A code block as a program for a worker of the page, its imports by file name under `live/`; undefined where it does
 * not run in a browser as it stands: another language, no import of ours, or an import that is not served.
 *
 * @param known - name -> door, of what the block may use without importing it
 */
export function liveProgram(
  language: string,
  code: string,
  known: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  if (language !== "js" && language !== "ts") return undefined;
  const imports = missingImports(code, known);
  const { importedFiles } = ts.preProcessFile(imports + code, true, true);
  if (importedFiles.length === 0) return undefined;
  if (!importedFiles.every(({ fileName }) => liveModules.has(fileName))) return undefined;
  if (wantsFiles.test(code)) return undefined;
  const marked = `${imports}${runnable(code, "live:documented.js")}\n__documented.done();\n`;
  const script = ts.transpileModule(marked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
  return script.replace(
    /(\bfrom\s*)"(rnn-dynamics(?:\/\w+)?)"/g,
    (_, from, door) => `${from}"live:${liveModules.get(door)}"`,
  );
}

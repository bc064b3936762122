import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Cell } from "../../src/cells/cell.js";
import { readWeights } from "../../src/io/index.js";
import { sharedNet } from "../io/helpers.js";

/** Published networks by path, as `readWeights` opens them; empty where the files are not at hand. */
export async function publishedNetworks(...folders: string[]): Promise<Map<string, Cell>> {
  const out = new Map<string, Cell>();
  const root = sharedNet("published");
  if (!root) return out;
  const filesOf = (path: string): string[] =>
    readdirSync(join(root, path)).flatMap((name) => {
      const inner = join(path, name);
      return statSync(join(root, inner)).isDirectory() ? filesOf(inner) : [inner];
    });
  for (const path of folders.flatMap(filesOf))
    if (!/params\.pkl$/.test(path)) out.set(path, (await readWeights(join(root, path))).cell);
  return out;
}

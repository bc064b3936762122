import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every file under a folder of the repository, as a sorted path from the root with forward slashes. */
export function filesUnder(folder: string, extension = ""): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The parsed package.json. */
export function packageJson(): {
  name: string;
  version: string;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
} {
  return JSON.parse(textOf("package.json"));
}

/** The doors of the package: import specifier, the built file and the source behind it. */
export function doors(): { specifier: string; built: string; source: string }[] {
  const { name, exports } = packageJson();
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === "string") return [];
    const built = target.default.replace("./", "");
    const source = built.replace(/^dist\//, "src/").replace(/\.js$/, ".ts");
    return [{ specifier: key.replace(".", name), built, source }];
  });
}

/** Throws unless `dist` was built from the sources as they are now. */
export function requireBuild(): void {
  for (const source of filesUnder("src", ".ts")) {
    if (source.endsWith(".d.ts") || /^src\/(numeric\/assembly|report\/page)\//.test(source)) continue;
    const built = source.replace(/^src\//, "dist/").replace(/\.ts$/, ".js");
    const builtAt = statSync(join(root, built), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (builtAt < statSync(join(root, source)).mtimeMs)
      throw new Error(`${built} is missing or older than ${source}: run npm run build first`);
  }
}

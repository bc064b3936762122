// The doors of the package, as the site shows them.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { name, exports } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));

/** Scripts for bundlers, with nothing to import by name. */
const scripts = new Set(["./parallel/worker"]);

/** Every door with something to import by name: its specifier, its source, and what it is built to. */
export const doors = Object.entries(exports)
  .filter(([key, target]) => typeof target === "object" && !scripts.has(key))
  .map(([key, { default: built }]) => ({
    specifier: key.replace(".", name),
    built: here(`../../${built}`),
    source: here(`../../${built.replace(/^\.\/dist/, "src").replace(/\.js$/, ".ts")}`),
  }));

/** Doors whose examples need files, processes or workers. */
const notLive = new Set([`${name}/parallel`, `${name}/sweep`]);

/** Doors that an example in a page may import from: specifier -> the module served for it, under `live/`. */
export const liveModules = new Map(
  doors
    .filter(({ specifier }) => !notLive.has(specifier))
    .map(({ specifier }) => [specifier, `${specifier.split("/")[1] ?? "rnn-dynamics"}.js`]),
);

// Makes live/*.js, the library that the examples of the site run against: each door a module, what they share apart.
import { rmSync } from "node:fs";
import { build } from "esbuild";
import { doors, here, liveModules } from "./doors.mjs";

export async function bundleLive() {
  const outdir = here("../../.cache/site/public/live");
  rmSync(outdir, { recursive: true, force: true });
  const entryPoints = Object.fromEntries(
    doors
      .filter(({ specifier }) => liveModules.has(specifier))
      .map(({ specifier, built }) => [liveModules.get(specifier).replace(".js", ""), built]),
  );
  await build({
    entryPoints: { ...entryPoints, documented: here("live/documented.mjs") },
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*"], // what only Node does is asked for when it is needed
    logLevel: "error",
  });
}

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { requireBuild } from "./helpers/files.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const networks = readdirSync(`${root}test/fixtures/flipflop`).filter((name) => !name.includes("."));
const engines = {
  wasm: [],
  typescript: ["--import", "data:text/javascript,delete globalThis.WebAssembly"],
};

/** The analysis that the command prints, of an engine with WebAssembly or without. */
function analysis(engine: keyof typeof engines, network: string): Record<string, unknown> {
  const folder = `${root}test/fixtures/flipflop/${network}`;
  const given = ["analyze", `${folder}/weights.safetensors`, "--starts", `${folder}/test.safetensors:inits`];
  const text = execFileSync(
    process.execPath,
    [
      ...engines[engine],
      "dist/cli/main.js",
      ...given,
      ...(network.startsWith("ff3") ? ["--slow"] : []),
      "--workers",
      "1",
      "--quiet",
      "--json",
      "-",
    ],
    { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "pipe"] },
  );
  const { timing: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

/** Paths of all entries that differ: numbers by more than 1e-10 of themselves (or of 1), all else at all. */
function differences(a: unknown, b: unknown, path = ""): string[] {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) <= 1e-10 * Math.max(1, Math.abs(a)) ? [] : [`${path}: ${a}, ${b}`];
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null)
    return a === b ? [] : [`${path}: ${a}, ${b}`];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) =>
    differences((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}.${key}`),
  );
}

describe("WebAssembly and plain TypeScript", () => {
  test.each(networks)(
    "report the same on %s, to 1e-10, and say which of them it was",
    (network) => {
      requireBuild();
      const { kernel, ...fast } = analysis("wasm", network);
      const { kernel: fallback, ...plain } = analysis("typescript", network);
      expect(kernel).toMatch(/^wasm/);
      expect(fallback).toBe("typescript");
      expect((plain.points as unknown[]).length).toBeGreaterThan(0);
      expect(differences(fast, plain)).toEqual([]);
    },
    60_000,
  );
});

import { readdirSync } from "node:fs";

/** The benches: every file beside main.mjs, by name. */
export const benchNames = () =>
  readdirSync(new URL("..", import.meta.url))
    .filter((file) => file.endsWith(".mjs") && file !== "main.mjs")
    .map((file) => file.slice(0, -4))
    .sort();

// Loaded first by an example that runs in a page's worker: what it prints, and the values that its comments
// promise, are sent to the page.
import { shown } from "./shown.mjs";

const send = (kind, text) => postMessage({ kind, text });

for (const level of ["log", "info", "warn", "error", "debug", "table"])
  console[level] = (...values) => send("printed", shown(values));

addEventListener("unhandledrejection", ({ reason }) => send("failed", String(reason)));

/** Called in place of a statement with a `// => value` behind it. */
export function check(line, values) {
  postMessage({ kind: "value", line, text: shown(values) });
}

/** Called at the end. */
export function done() {
  send("done", "");
}

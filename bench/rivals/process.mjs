import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { pack, unpack } from "./pack.mjs";

/** What a process says that ends because something it needs is not there. */
const notInstalled = /ENOENT|not found|NOT_FOUND|No module named|ImportError|Could not resolve/;

/**
 * Starts a rival's process and waits for its first line, in which it introduces itself; undefined when something is
 * not installed. Requests and answers are one line of JSON each:
 *
 *   { prepare: job, data }   -> { id, per }    makes a job ready: `per` units of work each time it is done
 *   { time: id, repeats }    -> { seconds }    does it, CPU seconds
 *   { result: id }           -> { result }     what it computes
 *   { release: id }          -> {}
 */
export async function startProcess(command, parameters, environment) {
  const child = spawn(command, parameters, { env: { ...process.env, ...environment } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = "";
  child.stderr.on("data", (text) => {
    complaints = (complaints + text).slice(-2000);
  });
  child.on("error", ({ message }) => {
    complaints += message;
  });
  child.stdin.on("error", () => {});
  const first = await lines.next();
  if (first.done) {
    if (notInstalled.test(complaints)) return undefined;
    throw new Error(`${command} ${parameters.join(" ")} did not start:\n${complaints}`);
  }

  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request, pack)}\n`);
    const line = await lines.next();
    if (line.done) throw new Error(`${command} ${parameters.join(" ")} ended:\n${complaints}`);
    return JSON.parse(line.value, unpack);
  };
  return {
    about: JSON.parse(first.value),
    async prepare(job, data) {
      const { id, per } = await ask({ prepare: job, data });
      return {
        per,
        time: async (repeats) => (await ask({ time: id, repeats })).seconds,
        result: async () => (await ask({ result: id })).result,
        release: () => ask({ release: id }),
      };
    },
    close: () => child.stdin.end(),
  };
}

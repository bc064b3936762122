// Whom we are compared with. Each rival is one process of its own, kept alive and asked: importing is not timed, its
// garbage is not on our account, and rounds can be taken in turns. A rival that is not installed answers nothing.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess } from "./process.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const oneThread = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
/** What numpy calls the instructions of AVX-512, newer and older names. */
const avx512 = "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL";

const node = (...parameters) => [[process.execPath, [file("serve.mjs"), ...parameters], {}]];
const python = (script, more = {}) =>
  interpreters().map((path) => [
    path,
    [file(script)],
    { ...oneThread, PYTHONDONTWRITEBYTECODE: "1", ...more },
  ]);

export const javascript = rival("plain loop", node("withJavascript"));
export const mlMatrix = rival("ml-matrix", node("withMlMatrix"));
export const tfjsCpu = rival("tfjs-cpu (f32)", node("withTfjs", "cpu"));
export const tfjsWasm = rival("tfjs-wasm (f32)", node("withTfjs", "wasm"));
export const numpy = rival("numpy", python("with_numpy.py"));
/** What numpy reaches on a machine without AVX-512; the same as `numpy` on such a machine. */
export const numpyAvx2 = rival(
  "numpy, AVX2 only",
  python("with_numpy.py", { OPENBLAS_CORETYPE: "Haswell", NPY_DISABLE_CPU_FEATURES: avx512 }),
);
export const torch = rival("torch", python("with_torch.py"));

const started = new Map();

/** What the rivals asked so far call themselves, with versions. */
export async function introductions() {
  const all = await Promise.all(started.values());
  return all.flatMap((running) => (running ? [running.about.name] : []));
}

/** Ends the processes of all rivals. */
export function closeRivals() {
  for (const promise of started.values()) promise.then((running) => running?.close());
  started.clear();
}

/** `commands` are tried in turn; the first that starts is the rival. */
function rival(name, commands) {
  const self = {
    name,
    /** A contender for the job (see lib/measure.mjs), or undefined where the rival is not installed. */
    prepare: async (job, data) => (await process_())?.prepare(job, data),
  };
  const process_ = () => {
    if (!started.has(self)) started.set(self, startFirst(commands));
    return started.get(self);
  };
  return self;
}

async function startFirst(commands) {
  for (const command of commands) {
    const running = await startProcess(...command);
    if (running) return running;
  }
  return undefined;
}

/** BENCH_PYTHON, or every Python on the path: what one cannot import another may. */
function interpreters() {
  if (process.env.BENCH_PYTHON) return [process.env.BENCH_PYTHON];
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...new Set(folders.map((folder) => join(folder, "python3")))].filter((path) => existsSync(path));
}

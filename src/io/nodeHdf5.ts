import { failFile } from "./fileError.js";
import { complaint, type Hdf5Reader, install, largestFile, mostOf, tooLarge } from "./hdf5Reader.js";
import { type Hdf5Contents, walkHdf5 } from "./hdf5Walk.js";

/** Milliseconds a file may take: a file of the size of a network takes less than 50. */
function patienceFor(bytes: Uint8Array): number {
  return 1500 + bytes.length / 10_000;
}

/** What the thread runs: CommonJS, as text, so that it needs no file of its own. */
const program = `
const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const walk = ${walkHdf5.toString()};
let most = 0;
let compiled;
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + 65536 * pages > most) throw new RangeError("memory");
  return grow.call(this, pages);
};
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (code, imports) => {
  const made = await instantiate(code, imports);
  if (made.module) compiled = made.module;
  return made;
};
const quiet = { noInitialRun: true, print() {}, printErr() {} };
const again = {
  instantiateWasm(imports, done) {
    instantiate(compiled, imports).then((instance) => done(instance, compiled));
    return {};
  },
};
(async () => {
  let factory;
  try {
    factory = (await import(workerData)).default;
    if (typeof factory !== "function") throw new Error("no module factory");
  } catch (error) {
    parentPort.postMessage({ unusable: String(error && error.message) });
    return;
  }
  let module;
  let size = 0;
  let files = 0;
  parentPort.on("message", async ({ bytes, memory, room }) => {
    try {
      if (module === undefined || ++files % 100 === 0) {
        most = 1e9;
        module = await factory(compiled ? { ...quiet, ...again } : { ...quiet });
        size = module.HEAPU8.length;
      }
      most = size + memory;
      parentPort.postMessage({ started: true });
      const contents = walk(module, bytes, room);
      parentPort.postMessage({ contents });
    } catch (error) {
      const trap = !(error instanceof Error) || error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      if (trap) module = undefined;
      parentPort.postMessage({ error: trap ? undefined : error.message });
    }
  });
  parentPort.postMessage({ ready: true });
})();
`;

interface Answer {
  readonly ready?: true;
  readonly started?: true;
  readonly unusable?: string;
  readonly contents?: Hdf5Contents;
  readonly error?: string;
}

/** Node's threads; undefined in a browser. Bundlers do not follow it. */
function threads(): typeof import("node:worker_threads") | undefined {
  return globalThis.process?.getBuiltinModule?.("node:worker_threads") as
    | typeof import("node:worker_threads")
    | undefined;
}

/**
 * Reads on a thread of its own, with little memory: a trap, an endless loop or a flood in the C library ends as a
 * FileError, and the thread with it. `undefined` where there is no Node.
 */
export function threadReader(): Hdf5Reader | undefined {
  const found = threads();
  return found && readerOn(found);
}

function readerOn({ Worker }: typeof import("node:worker_threads")): Hdf5Reader {
  let worker: InstanceType<typeof Worker> | undefined;
  const close = () => {
    void worker?.terminate();
    worker = undefined;
  };

  /** The thread's answer; `undefined` when it ends, or `patience` milliseconds after it says that it started. */
  const answer = (from: InstanceType<typeof Worker>, patience: number): Promise<Answer | undefined> =>
    new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const done = (value: Answer | undefined) => {
        clearTimeout(timer);
        from.off("message", hear);
        from.off("error", gone);
        from.off("exit", gone);
        resolve(value);
      };
      const gone = () => done(undefined);
      const hear = (message: Answer) => {
        if (message.started) timer = setTimeout(gone, patience);
        else done(message);
      };
      from.on("message", hear);
      from.on("error", gone);
      from.on("exit", gone);
    });

  const start = async (file: string) => {
    let place: string;
    try {
      // h5wasm names one door only; the factory of fresh modules lies beside it.
      place = new URL("./hdf5_util.js", import.meta.resolve("h5wasm")).href;
    } catch {
      return failFile(file, install);
    }
    const made = new Worker(program, {
      eval: true,
      workerData: place,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    const first = await answer(made, 0);
    if (first?.ready) return made;
    void made.terminate();
    return failFile(
      file,
      `is an HDF5 file, and the installed h5wasm cannot be used (${first?.unusable ?? "its thread ended"}); expected version 0.10`,
    );
  };

  return {
    close,
    async read(bytes, file) {
      if (bytes.length > largestFile) failFile(file, tooLarge(bytes));
      worker ??= await start(file);
      const patience = patienceFor(bytes);
      const answered = answer(worker, patience);
      // Twice the numbers, since the library holds them packed and unpacked.
      worker.postMessage({ bytes, memory: 2 ** 25 + 2 * mostOf(bytes), room: mostOf(bytes) });
      const result = await answered;
      if (result?.contents) return result.contents;
      if (result === undefined) {
        close();
        return failFile(
          file,
          `is an HDF5 file that the HDF5 library did not finish reading in ${Math.round(patience)} ms, or ended on (damaged)`,
        );
      }
      return failFile(file, complaint(result.error));
    },
  };
}

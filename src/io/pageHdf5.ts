import { FileError, failFile } from "./fileError.js";
import { complaint, type Hdf5Reader, install, largestFile, mostOf, tooLarge } from "./hdf5Reader.js";
import { type Hdf5Module, walkHdf5 } from "./hdf5Walk.js";

/** Reads in the browser's page itself, without a limit of time. */
export function pageReader(): Hdf5Reader {
  return {
    close() {},
    async read(bytes, file) {
      if (bytes.length > largestFile) failFile(file, tooLarge(bytes));
      let module: Hdf5Module;
      try {
        module = (await (await import("h5wasm")).ready) as unknown as Hdf5Module;
      } catch {
        return failFile(file, install);
      }
      try {
        module.activate_throwing_error_handler();
        return walkHdf5(module, bytes, mostOf(bytes));
      } catch (error) {
        if (error instanceof FileError) throw error;
        const trap = !(error instanceof Error) || error instanceof WebAssembly.RuntimeError;
        return failFile(
          file,
          trap
            ? `${complaint(undefined)}; load the page anew before the next`
            : complaint(error.message.split("\n")[0]),
        );
      } finally {
        module.deactivate_throwing_error_handler();
      }
    },
  };
}

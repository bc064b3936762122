import { readFileSync, statSync } from "node:fs";
import { FileError, readWeights } from "../io/index.js";
import { verifyProof } from "../proof/index.js";
import { printableLines } from "../report/printable.js";

/** A proof of a thousand points of a thousand units is 20 MB. */
const largestProof = 512 * 2 ** 20;

/** Exit code when a proof does not hold. */
const notValid = 1;

/** `rnn-dynamics verify PROOF.json WEIGHTS` */
export async function verifyCommand(file: string, weightFile: string, flags: { readonly model?: string }) {
  const proof = readJson(file);
  const { cell } = await readWeights(weightFile, flags.model === undefined ? {} : { model: flags.model });
  const { valid, failures, confirmed, undecided, complete, box } = verifyProof(proof, cell);
  const shown = failures.slice(0, 20);
  const lines = valid
    ? [
        "The proof holds.",
        `  ${count(confirmed.certified, "point")} confirmed to exist, alone within the stated distance`,
        ...(confirmed.refuted > 0
          ? [
              `  ${count(confirmed.refuted, "state")} confirmed to have no fixed point within the stated distance`,
            ]
          : []),
        ...(complete === "everywhere" ? ["  no other such point exists"] : []),
        ...(complete === "in a box"
          ? [`  no other fixed point exists with coordinates between [${box!.lower}] and [${box!.upper}]`]
          : []),
        ...(undecided > 0 ? [`  ${count(undecided, "state")} left open by the proof itself`] : []),
      ]
    : [
        "The proof does NOT hold.",
        ...shown.map((failure) => `  ${failure}`),
        ...(failures.length > shown.length ? [`  ... and ${failures.length - shown.length} more`] : []),
      ];
  process.stdout.write(printableLines(`${lines.join("\n")}\n`));
  if (!valid) process.exitCode = notValid;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    if (statSync(file).size > largestProof) throw new FileError(`${file}: larger than any proof (512 MB)`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new FileError(`${file}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code})`}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new FileError(`${file}: not JSON`);
  }
}

import { existsSync, realpathSync, statSync } from "node:fs";
import { buildCell } from "../cells/build.js";
import {
  applyModelSpec,
  FileError,
  inspectWeights,
  type ModelSpec,
  modelKey,
  readTensors,
  readWeights,
  type TensorLike,
  tensorsOf,
  writeNpz,
  writeSafetensors,
} from "../io/index.js";
import { digestOf } from "../proof/proof.js";
import { printableLines } from "../report/printable.js";
import { table } from "../report/table.js";
import { writeWhole } from "../sweep/writeWhole.js";

/** What a file is turned into. */
interface Converted {
  readonly format: string;
  readonly tensors: readonly TensorLike[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly modelSpec: ModelSpec | undefined;
  /** What tells the network apart from all others, where there is one. */
  readonly network: string | undefined;
  /** What was skipped, rounded, left out or assumed. */
  readonly notes: string[];
}

/** Metadata that the model spec replaces. */
const replaced = ["model_config", "onnx/graph", "layer_names", modelKey];

/** `rnn-dynamics convert IN OUT`: the tensors of any file that is read, and what they mean, as safetensors or npz. */
export async function convertCommand(
  file: string,
  out: string,
  flags: { readonly model?: string; readonly json: boolean; readonly force?: boolean },
): Promise<void> {
  const target = /\.(safetensors|npz)$/i.exec(out)?.[1].toLowerCase();
  if (target === undefined) throw new FileError(`${out}: expected a name that ends in .safetensors or .npz`);
  const { format, tensors, metadata, modelSpec, network, notes } = await contentsOf(file, flags.model);
  if (isSameFile(file, out)) throw new FileError(`${out}: is the file to be converted; name another`);
  if (existsSync(out) && !flags.force)
    throw new FileError(`${out}: is there already; --force writes over it`);
  const exact = tensors.every(({ data }) => Array.prototype.every.call(data, isSingle));
  const dtype = exact ? "F32" : "F64";
  if (target === "npz") {
    const texts = Object.keys(metadata);
    if (texts.length > 0) notes.push(`Texts are not kept (npz has no place for them): ${texts.join(", ")}.`);
  }
  const kept = modelSpec ? { ...metadata, [modelKey]: JSON.stringify(modelSpec) } : metadata;
  const bytes =
    target === "npz"
      ? writeNpz(tensors, { dtype, compress: true })
      : writeSafetensors(tensors, kept, { dtype });
  if (target === "npz") notes.push(...(await spokenFor(bytes, out, network)));
  try {
    writeWhole(out, bytes);
  } catch (error) {
    throw new FileError(`${out}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  if (flags.json) {
    const document = {
      schema: "rnn-dynamics/conversion@1",
      file,
      format,
      out,
      dtype,
      tensors: tensors.map(({ name, shape }) => ({ name, shape })),
      modelSpec: modelSpec ?? null,
      notes,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const sections = [
    `${file} (${format}) -> ${out}: ${tensors.length} tensors as ${dtype}, ${bytes.length} bytes`,
    table(
      [
        { head: "tensor", align: "left" },
        { head: "shape", align: "left" },
      ],
      tensors.map((t) => [t.name, `[${t.shape.join(", ")}]`]),
    ),
    modelSpec
      ? `Recognised: a network of kind ${modelSpec.kind}.${target === "npz" ? "" : " The file carries its model spec; analyze needs no other."}`
      : "Not recognised as a network: the tensors alone were written.",
  ];
  if (notes.length > 0) sections.push(["Notes:", ...notes.map((note) => `  ${note}`)].join("\n"));
  process.stdout.write(printableLines(`${sections.join("\n\n")}\n`));
}

/** What will be made of an npz file, which has no place for a model spec. */
async function spokenFor(bytes: Uint8Array, out: string, network: string | undefined): Promise<string[]> {
  let taken: string | undefined;
  try {
    taken = digestOf((await readWeights(bytes, { name: out })).spec);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  const lost = "The model spec is not kept: npz has no place for texts; safetensors has.";
  if (taken === undefined) return network === undefined ? [] : [`${lost} Pass it with --model.`];
  if (taken === network) return [`${lost} The same network is recognised by the names.`];
  return [
    `Without --model this npz will be taken for ${network === undefined ? "a network that it may not be" : "ANOTHER network"}: npz has no place for a model spec. Write safetensors, or pass --model.`,
  ];
}

async function contentsOf(file: string, model: string | undefined): Promise<Converted> {
  const {
    format,
    recognised,
    metadata,
    notes: seen,
  } = await inspectWeights(file, model === undefined ? {} : { model });
  if (format === "json") {
    const { cell, spec, notes } = await readWeights(file, model === undefined ? {} : { model });
    return { format, ...tensorsOf(cell), metadata: {}, network: digestOf(spec), notes: [...notes] };
  }
  const read = await readTensors(file);
  const tensors = [...read.tensors.values()];
  const notes = [...new Set([...read.notes, ...seen])];
  let modelSpec = recognised?.modelSpec;
  let network: string | undefined;
  if (modelSpec)
    try {
      network = digestOf(buildCell(applyModelSpec(modelSpec, read, file)).spec);
    } catch (error) {
      if (!(error instanceof FileError) || model !== undefined) throw error;
      notes.push(
        `The tensors do not make the network they seem to be, so no model spec is kept: ${error.message}`,
      );
      modelSpec = undefined;
    }
  else if (recognised) notes.push(...recognised.why);
  if (tensors.length === 0) throw new FileError(`${file}: holds no tensors that can be converted`);
  const dropped = modelSpec ? Object.keys(metadata).filter(isReplaced) : [];
  if (dropped.some((key) => key !== modelKey))
    notes.push(
      `Left out, since the model spec says it: ${dropped.filter((key) => key !== modelKey).join(", ")}.`,
    );
  const kept = Object.entries(metadata).filter(([key]) => !dropped.includes(key));
  return { format, tensors, metadata: Object.fromEntries(kept), modelSpec, network, notes };
}

function isReplaced(key: string): boolean {
  return replaced.includes(key) || /@(layer_names|weight_names)$/.test(key);
}

/** Whether float32 keeps the number. */
function isSingle(value: number): boolean {
  return Object.is(Math.fround(value), value);
}

/** Whether a path leads to a file that is there already under another: the same, or a link to it. */
function isSameFile(file: string, out: string): boolean {
  try {
    const [a, b] = [statSync(file), statSync(out)];
    return realpathSync(file) === realpathSync(out) || (a.dev === b.dev && a.ino === b.ino);
  } catch {
    return false;
  }
}

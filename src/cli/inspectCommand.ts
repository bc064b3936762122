import { inspectWeights } from "../io/index.js";
import { printableLines } from "../report/printable.js";
import { table } from "../report/table.js";

/** Texts and numbers shown; a checkpoint may hold thousands. */
const mostFacts = 30;

/** `rnn-dynamics inspect WEIGHTS ...`: what is in the file, and what it would be taken to mean. */
export async function inspectCommand(
  file: string,
  flags: { readonly model?: string; readonly json: boolean },
): Promise<void> {
  const { tensors, recognised, kind, format, metadata, notes } = await inspectWeights(
    file,
    flags.model === undefined ? {} : { model: flags.model },
  );
  if (flags.json) {
    const document = {
      schema: "rnn-dynamics/inspection@1",
      file,
      format,
      kind: kind ?? null,
      metadata,
      tensors,
      recognised: recognised ?? null,
      notes,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const sections = [`${file}: ${format}, ${tensors.length} tensors`];
  if (tensors.length > 0)
    sections.push(
      table(
        [
          { head: "tensor", align: "left" },
          { head: "shape", align: "left" },
          { head: "stored as", align: "left" },
          { head: "taken as", align: "left" },
        ],
        tensors.map((t) => [
          t.name,
          `[${t.shape.join(", ")}]`,
          t.dtype,
          t.usedAs.length > 0 ? t.usedAs.join(", ") : "(not used)",
        ]),
      ),
    );
  if (recognised?.modelSpec)
    sections.push(
      [`Recognised as ${recognised.by}:`, ...recognised.why.map((line) => `  ${line}`)].join("\n"),
      `Model spec (edit it and pass it with --model):\n${JSON.stringify(recognised.modelSpec, null, 2)}`,
    );
  else if (recognised)
    sections.push(
      [
        "Not recognised; write a model spec (docs/formats.md) and pass it with --model:",
        ...recognised.why.map((line) => `  ${line}`),
        ...recognised.candidates.map((line) => `  it might be: ${line}`),
      ].join("\n"),
    );
  const facts = Object.entries(metadata);
  if (facts.length > 0) {
    const shown = facts.slice(0, mostFacts).map(([key, value]) => `  ${key}: ${value.slice(0, 100)}`);
    if (facts.length > mostFacts) shown.push(`  ... and ${facts.length - mostFacts} more (--json shows all)`);
    sections.push(["Kept with the tensors:", ...shown].join("\n"));
  }
  if (notes.length > 0) sections.push(["Notes:", ...notes.map((note) => `  ${note}`)].join("\n"));
  process.stdout.write(printableLines(`${sections.join("\n\n")}\n`));
}

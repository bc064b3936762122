import { element, fill } from "../../../src/report/page/dom.js";
import type { Unclear } from "../engine/answers.js";

/** Files as they are opened: the weights, and what tells their meaning where that is a file of its own. */
export interface Chosen {
  readonly bytes: Blob;
  readonly name: string;
  readonly model?: string;
  readonly params?: Blob;
}

/** Largest file read: more than any network that can be analysed here. */
const mostBytes = 256 * 2 ** 20;

/** A button and a place to drop files on: the whole page. `onFiles` gets what was chosen, or why not. */
export function createFileChooser(onChosen: (chosen: Chosen) => void, onRefused: (why: string) => void) {
  const input = element("input", { type: "file", name: "file", multiple: true, id: "file" });
  const take = async (files: readonly File[]) => {
    if (files.length === 0) return;
    try {
      onChosen(await sorted(files));
    } catch (error) {
      onRefused((error as Error).message);
    }
  };
  input.addEventListener("change", async () => {
    await take([...(input.files ?? [])]);
    input.value = "";
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    take([...(event.dataTransfer?.files ?? [])]);
  });
  return element(
    "div",
    { class: "chooser" },
    element("label", { for: "file" }, "or a weight file of yours"),
    input,
    element(
      "p",
      { class: "hint" },
      "PyTorch, pickle, npz, safetensors, MATLAB 5 or JSON. Or drop it anywhere on this page, with its model spec or parameters if it needs one. It is read here and goes nowhere.",
    ),
  );
}

/** Which of the files are the weights, and which say what they mean. */
async function sorted(files: readonly File[]): Promise<Chosen> {
  const large = files.find(({ size }) => size > mostBytes);
  if (large) throw new Error(`${large.name}: has ${large.size} bytes, expected at most ${mostBytes}`);
  let model: string | undefined;
  let params: File | undefined;
  const weights: File[] = [];
  for (const file of files) {
    const text = file.name.endsWith(".json") && files.length > 1 ? await file.text() : "";
    if (text.includes("rnn-dynamics/model@1")) model = text;
    else if (/params?\b/i.test(file.name) && files.length > 1) params = file;
    else weights.push(file);
  }
  if (weights.length !== 1)
    throw new Error(
      `${files.length} files were given, expected one with weights, and at most a model spec and parameters beside it`,
    );
  const [bytes] = weights;
  return { bytes, name: bytes.name, ...(model !== undefined && { model }), ...(params && { params }) };
}

/** What a file may be, to choose from. */
export function unclearCard(name: string, found: Unclear, onChoose: (reading: number) => void): HTMLElement {
  const { why, candidates, tensors, readings } = found;
  const select = element(
    "select",
    { name: "reading", id: "reading" },
    readings.map((reading, i) => element("option", { value: i }, reading.name)),
  );
  const open = element("button", { type: "button" }, "Open it so");
  open.addEventListener("click", () => onChoose(Number(select.value)));
  const list = (words: readonly string[]) =>
    element(
      "ul",
      {},
      words.map((w) => element("li", {}, w)),
    );
  const card = element("section", { class: "card unclear", "aria-label": "A file that needs a choice" });
  fill(
    card,
    element("h2", { tabindex: -1 }, `What is ${name}?`),
    why.map((sentence) => element("p", {}, sentence)),
    candidates.length > 0 ? [element("p", {}, "It may be:"), list(candidates)] : null,
    element(
      "details",
      {},
      element("summary", {}, `Its ${tensors.length} tensors`),
      list(tensors.slice(0, 200)),
    ),
    readings.length > 0
      ? element("p", {}, element("label", { for: "reading" }, "Read it as "), select, " ", open)
      : element("p", {}, "Drop it again together with a model spec that says what its tensors mean."),
  );
  return card;
}

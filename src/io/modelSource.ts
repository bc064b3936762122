import { describe, fail } from "../core/check.js";
import { type ModelSpec, parseModelSpec } from "./modelSpec.js";
import { readFileBytes } from "./node.js";
import { decodeText, parseJson } from "./strictJson.js";

/** A model spec as an object, as JSON text (begins with `{`), or as the path of a JSON file (Node). */
export type ModelSource = ModelSpec | string;

/** The model spec, checked. */
export async function loadModelSpec(where: string, model: ModelSource): Promise<ModelSpec> {
  if (typeof model === "string") {
    if (model.trimStart().startsWith("{"))
      return parseModelSpec(parseJson(model, "model spec", "it"), "model spec");
    const text = decodeText(await readFileBytes(model), model, "it");
    return parseModelSpec(parseJson(text, model, "it"), model);
  }
  if (typeof model !== "object" || model === null)
    fail(where, `model is ${describe(model)}, expected a model spec, its JSON text or the path of its file`);
  return parseModelSpec(model, "model spec");
}

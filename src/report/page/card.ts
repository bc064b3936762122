import { type Content, element } from "./dom.js";

/** A box with a heading. */
export function card(title: string, ...contents: Content[]): HTMLElement {
  return element("section", { class: "card" }, element("h2", {}, title), contents);
}

/** A table; columns without any content are left out. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Content[])[],
): HTMLElement {
  const kept = heads.map((_, k) => rows.some((row) => row[k] !== ""));
  const columns = <T>(list: readonly T[]) => list.filter((_, k) => kept[k]);
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        columns(heads).map((head) => element("th", { scope: "col" }, head)),
      ),
    ),
    element(
      "tbody",
      {},
      rows.map((row) =>
        element(
          "tr",
          {},
          columns(row).map((cell) =>
            element("td", typeof cell === "string" && cell.length > 24 ? { class: "long-words" } : {}, cell),
          ),
        ),
      ),
    ),
  );
}

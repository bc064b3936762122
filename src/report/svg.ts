/** A piece of a picture as plain data: one element of SVG. Becomes text ({@link svgText}) or, in a page, nodes. */
export interface SvgNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (SvgNode | string)[];
}

/** Pieces, nested as they come. */
export type SvgParts = SvgNode | readonly SvgParts[];

/** One element; numbers are rounded to a hundredth, undefined attributes left out. */
export function svg(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...children: (SvgParts | string)[]
): SvgNode {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) kept[key] = typeof value === "number" ? hundredths(value) : value;
  return {
    name,
    attributes: kept,
    children: children.flatMap((child): (SvgNode | string)[] =>
      typeof child === "string" ? [child] : flat(child),
    ),
  };
}

/** All pieces in one list. */
export function flat(parts: SvgParts): SvgNode[] {
  return Array.isArray(parts) ? parts.flatMap(flat) : [parts as SvgNode];
}

/** To a hundredth of the unit: enough for any screen or paper. */
export function hundredths(value: number): number {
  const rounded = Math.round(value * 100) / 100;
  return rounded === 0 ? 0 : rounded;
}

/** The text of an element, everything in it escaped. */
export function svgText({ name, attributes, children }: SvgNode): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const inside = children.map((child) => (typeof child === "string" ? escaped(child) : svgText(child)));
  return inside.length > 0
    ? `<${name}${given.join("")}>${inside.join("")}</${name}>`
    : `<${name}${given.join("")}/>`;
}

/** Characters that XML forbids, even written as entities. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu;

/** Text that means itself in HTML and XML, between tags and in attributes. */
export function escaped(text: string): string {
  return text
    .replace(forbidden, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

import type { SvgNode } from "../svg.js";

/** Something that can stand in an element. Text is always text: nothing in a report is parsed as HTML. */
export type Content = Node | string | number | null | readonly Content[];

/** An element with attributes (true: present; false: absent) and contents. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
  ...contents: Content[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== false) node.setAttribute(key, value === true ? "" : String(value));
  append(node, contents);
  return node;
}

/** Replaces all contents. */
export function fill(node: Element, ...contents: Content[]): void {
  node.replaceChildren();
  append(node, contents);
}

function append(node: Element, contents: readonly Content[]): void {
  for (const content of contents) {
    if (content === null) continue;
    if (Array.isArray(content)) append(node, content);
    else node.append(content instanceof Node ? content : String(content));
  }
}

/** A picture's piece as nodes of a page; `recolour` may change its colours. */
export function svgElement(
  { name, attributes, children }: SvgNode,
  recolour: (colour: string) => string,
): SVGElement {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes))
    node.setAttribute(key, key === "fill" || key === "stroke" ? recolour(String(value)) : String(value));
  for (const child of children) node.append(typeof child === "string" ? child : svgElement(child, recolour));
  return node;
}

/** A chart as an image with a name for those who do not see it. */
export function chart(
  width: number,
  height: number,
  name: string,
  parts: readonly SvgNode[],
  recolour: (colour: string) => string,
): SVGElement {
  const attributes = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name, class: "chart" };
  return svgElement({ name: "svg", attributes, children: parts }, recolour);
}

import { existsSync, readdirSync } from "node:fs";
import type { MarkdownRenderer } from "vitepress";
import { here } from "../doors.mjs";
import { liveProgram } from "./program.js";

/** Name -> door of all that the reference describes: its examples may leave imports out, as doc comments do. */
const described = new Map(
  filesIn(here("../reference")).flatMap((file) => {
    const [, door, name] = /^(rnn-dynamics(?:\/\w+)?)\/[\w-]+\/(\w+)\.md$/.exec(file) ?? [];
    return door && name ? [[name, door] as const] : [];
  }),
);

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).map((file) => String(file).replaceAll("\\", "/"));
}

/** Puts a Run button below each code block that runs in a browser; `run.ts` of the theme answers it. */
export function liveFences(md: MarkdownRenderer): void {
  const plain = md.renderer.rules.fence!;
  md.renderer.rules.fence = (tokens, i, ...rest) => {
    const html = plain(tokens, i, ...rest);
    const { info, content } = tokens[i]!;
    const above = tokens[i - 1];
    if (above?.type === "html_block" && above.content.includes("<!-- not run:")) return html;
    const inReference = rest[1].path?.includes("/docs/reference/");
    if (inReference && !headingAbove(tokens, i).startsWith("Example")) return html; // a signature
    const program = liveProgram(info.trim(), content, inReference ? described : undefined);
    if (program === undefined) return html;
    const button = `<button type="button" class="run" data-program="${encodeURIComponent(program)}">Run</button>`;
    return `<div class="live">${html}${button}<div class="ran" role="log" aria-label="What it printed" hidden></div></div>`;
  };
}

function headingAbove(tokens: readonly { type: string; content: string }[], i: number): string {
  const at = tokens.findLastIndex(({ type }, j) => j < i && type === "heading_open");
  return tokens[at + 1]?.content ?? "";
}

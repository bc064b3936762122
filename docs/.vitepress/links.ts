import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { here } from "./doors.mjs";

const [docs, repository] = [here(".."), here("../..")];

/**
 * Links to files of the repository that are no pages of the site (sources, data, scripts of figures) become plain text
 * that names the file. One to a file that is not there stays, and fails the build as a dead link.
 */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push("repository-links", ({ tokens, env }) => {
    for (const { children } of tokens) {
      let open = false;
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const file = inRepository(String(token.attrGet("href")), env.path);
          if (!file) continue;
          open = true;
          token.type = "in_repository_open";
          token.tag = "span";
          token.attrs = [
            ["class", "in-repository"],
            ["title", `In the repository: ${file}`],
          ];
        } else if (token.type === "link_close" && open) {
          open = false;
          token.type = "in_repository_close";
          token.tag = "span";
        }
      }
    }
  });
}

/** The path of a file of the repository that a link leads to, unless that is a page. */
function inRepository(href: string, page: string): string | undefined {
  if (/^(\w+:|\/|#)/.test(href)) return undefined;
  const file = resolve(dirname(page), decodeURIComponent(href.replace(/[?#].*$/, "")));
  const isPage = !relative(docs, file).startsWith("..") && file.endsWith(".md");
  return isPage || !existsSync(file) ? undefined : relative(repository, file).split("\\").join("/");
}

import { existsSync, readFileSync } from "node:fs";
import { type DefaultTheme, defineConfig } from "vitepress";
import { here } from "./doors.mjs";
import { repositoryLinks } from "./links.js";
import { liveFences } from "./live/fence.js";
import { guides } from "./pages.js";

// Written with the reference; without it the site has guides only.
const list = here("../reference/typedoc-sidebar.json");
const doors = doorsIn(existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : []);
const allDoors = { text: "Reference", items: doors.map(({ link }) => ({ text: nameOf(link), link })) };

/** The items of typedoc's tree that stand for doors. One lies inside another where its name goes on: `rnn-dynamics/io`. */
function doorsIn(
  items: readonly DefaultTheme.SidebarItem[],
): { link: string; groups: DefaultTheme.SidebarItem[] }[] {
  return items.flatMap(({ link, items: inner = [] }) => {
    if (!link?.endsWith("/")) return [];
    const groups = inner
      .filter((item) => item.link === undefined)
      .map((group) => ({ text: group.text!, items: group.items! }))
      .sort((a, b) => Number(b.text === "Functions") - Number(a.text === "Functions"));
    return [{ link, groups }, ...doorsIn(inner)];
  });
}

/** The id of a heading, so that links to it hold on the site and in the repository. */
function asOnGitHub(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** The specifier of the door whose reference is at a link. */
function nameOf(link: string): string {
  return link.replace("/reference/", "").replace(/\/$/, "");
}

// A sidebar for each door: one for all would be in every page, and ten times the page.
const sidebar: DefaultTheme.SidebarMulti = {
  "/": guides.map(({ text, pages }) => ({
    text,
    items: Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${page}` })),
  })),
  "/reference/": [allDoors],
  ...Object.fromEntries(doors.map(({ link, groups }) => [link, [allDoors, ...groups]])),
};

export default defineConfig({
  title: "rnn-dynamics",
  description: "Fixed points, slow points and cycles of trained recurrent neural networks",
  lang: "en",
  base: process.env.SITE_BASE ?? "/",
  outDir: here("../../.site"),
  cacheDir: here("../../.cache/vitepress"),
  vite: {
    publicDir: here("../../.cache/site/public"),
    build: { chunkSizeWarningLimit: 4000 },
  },
  metaChunk: true,
  markdown: {
    anchor: { slugify: asOnGitHub },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config(md) {
      md.use(repositoryLinks);
      md.use(liveFences);
    },
  },
  themeConfig: {
    nav: [
      { text: "Guides", link: "/start" },
      ...(doors.length > 0 ? [{ text: "Reference", link: "/reference/" }] : []),
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
  },
});

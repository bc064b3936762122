import type { ReportData } from "../reportData.js";
import { kindsOf, plural } from "../words.js";
import { addKeys, keyWords } from "./addKeys.js";
import { element, fill } from "./dom.js";
import {
  chartSection,
  detailSection,
  evidenceSection,
  headSection,
  itemTable,
  legendOf,
} from "./sections.js";
import { itemsOf, type SpaceChoice, spaceMaker, unpack } from "./spaceContent.js";
import { sameGroup, spaceControls } from "./spaceControls.js";
import { createStateSpace } from "./stateSpace.js";
import { type Theme, themeOf } from "./theme.js";
import { itemLine, stateLine } from "./tips.js";

/** With more points than this, arrows are drawn at the selected one only, at first. */
const fewPoints = 8;

/** Builds the page of a report in an element. */
function buildPage(host: HTMLElement, data: ReportData): void {
  const items = itemsOf(data);
  const unpacked = unpack(data);
  const contentFor = spaceMaker(data, items, unpacked);
  const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
  let theme: Theme = themeOf(darkScheme.matches);
  const [a = -1, b = -1, c = -1] = data.shown;
  let choice: SpaceChoice = {
    axes: [a, b, c],
    trajectories: true,
    equalScale: sameGroup(data, [a, b, c]),
    arrows: items.length <= fewPoints ? "all" : "selected",
    selected: null,
    memories: true,
  };

  const head = element("header", {});
  const stage = element("div", { class: "stage" });
  const tip = element("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const hint = element(
    "p",
    { class: "hint", id: "space-hint" },
    `Drag to turn, wheel to zoom, click a point. ${keyWords}`,
  );
  const legend = element("div", {});
  const detail = element("section", { class: "card detail", "aria-label": "Selected point" });
  const live = element("p", { class: "hidden", role: "status" });
  const columns = element("div", { class: "columns" });

  const view = createStateSpace(stage, {
    onSelect: (id) => select(id),
    onHover(id, x, y, state) {
      const item = items.find((it) => it.id === id);
      tip.hidden = !item && !state;
      if (item) fill(tip, element("strong", {}, item.name), element("br"), itemLine(data, item));
      else if (state && unpacked)
        fill(
          tip,
          element("strong", {}, `Trajectory ${state.line}`),
          element("br"),
          stateLine(data, unpacked, state.index),
        );
      tip.style.left = `${Math.min(x + 14, stage.clientWidth - 230)}px`;
      tip.style.top = `${y + 14}px`;
    },
  });
  stage.append(tip);
  addKeys(view, "space-hint", selectNext);
  const list = itemTable(data, items, theme, (id) => select(id));

  function selectNext(by: number): void {
    if (items.length === 0) return;
    const now = items.findIndex(({ id }) => id === choice.selected);
    const next = now < 0 ? (by > 0 ? 0 : items.length - 1) : (now + by + items.length) % items.length;
    select(items[next].id);
  }

  function select(id: string): void {
    choice = { ...choice, selected: id };
    list.select(id);
    view.select(id);
    drawSpace();
    drawDetail();
    const item = items.find((it) => it.id === id)!;
    live.textContent = `${item.name}, ${item.look.name}, selected`;
  }

  function drawSpace(): void {
    view.show(contentFor(choice), theme);
    const shown = choice.axes.filter((k) => k >= 0).map((k) => data.axes[k].label);
    view.canvas.setAttribute(
      "aria-label",
      `State space along ${shown.join(", ")}: ${plural(data.points.length, "fixed point")}${data.points.length > 0 ? ` (${kindsOf(data.points)})` : ""}, ${plural(data.slowPoints.length, "slow point")}, ${plural(data.cycles.length, "cycle")}. The table of points has the same in words.`,
    );
  }

  function drawDetail(): void {
    const item = items.find(({ id }) => id === choice.selected) ?? null;
    fill(detail, detailSection(item, data, theme));
  }

  function drawAll(): void {
    fill(head, headSection(data));
    fill(legend, legendOf(data, theme));
    fill(columns, chartSection(data, unpacked, theme), evidenceSection(data, theme));
    drawDetail();
    drawSpace();
  }

  const change = (next: Partial<SpaceChoice>) => {
    choice = { ...choice, ...next };
    drawSpace();
  };
  const controls = spaceControls(data, choice, view, change);

  fill(
    host,
    head,
    element(
      "div",
      { class: "space" },
      element(
        "section",
        { class: "card picture" },
        element("h2", {}, "State space"),
        controls,
        view.hasWebGL
          ? null
          : element(
              "p",
              { class: "note" },
              "This browser offers no WebGL: the picture is drawn on a flat canvas, with fewer states along the trajectories.",
            ),
        stage,
        legend,
        hint,
      ),
      detail,
    ),
    live,
    element(
      "section",
      { class: "card" },
      element("h2", {}, "Points and cycles"),
      items.length > 0 ? list.node : element("p", {}, "None was found."),
    ),
    columns,
  );
  drawAll();
  if (items.length > 0) select(items[0].id);

  const repaint = (isDark: boolean) => {
    theme = themeOf(isDark);
    drawAll();
  };
  darkScheme.addEventListener("change", ({ matches }) => repaint(matches));
  window.addEventListener("beforeprint", () => {
    repaint(false);
    view.draw();
  });
  window.addEventListener("afterprint", () => repaint(darkScheme.matches));
  // For scripts that drive the page: where the marks are, and the view.
  Object.assign(globalThis, {
    rnnDynamicsReport: { places: view.places, select, turn: view.turn, draw: view.draw, data },
  });
}

const embedded = document.getElementById("data");
const host = document.getElementById("report");
if (embedded?.textContent && host) buildPage(host, JSON.parse(embedded.textContent) as ReportData);

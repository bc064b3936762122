import type { ReportData } from "../reportData.js";
import { kindsOf, leading, leadingName, plural, slowestMode } from "../words.js";
import { element, fill } from "./dom.js";
import {
  chartSection,
  detailSection,
  evidenceSection,
  headSection,
  itemTable,
  legendOf,
} from "./sections.js";
import { type ArrowChoice, itemsOf, type SpaceChoice, spaceMaker, unpack } from "./spaceContent.js";
import { createStateSpace } from "./stateSpace.js";
import { type Theme, themeOf } from "./theme.js";

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
  };

  const head = element("header", {});
  const stage = element("div", { class: "stage" });
  const tip = element("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const hint = element(
    "p",
    { class: "hint", id: "space-hint" },
    "Drag to turn, wheel to zoom, click a point. Keys: arrows turn, + and - zoom, 0 resets, n and p select the next and the previous point.",
  );
  const legend = element("div", {});
  const detail = element("section", { class: "card detail", "aria-label": "Selected point" });
  const live = element("p", { class: "hidden", role: "status" });
  const columns = element("div", { class: "columns" });

  const view = createStateSpace(stage, {
    onSelect: (id) => select(id),
    onHover(id, x, y) {
      const item = items.find((it) => it.id === id);
      tip.hidden = item === undefined;
      if (!item) return;
      fill(tip, element("strong", {}, item.name), element("br"), tipLine(data, item));
      tip.style.left = `${Math.min(x + 14, stage.clientWidth - 230)}px`;
      tip.style.top = `${y + 14}px`;
    },
  });
  stage.append(tip);
  view.canvas.setAttribute("role", "application");
  view.canvas.setAttribute("aria-roledescription", "picture that can be turned");
  view.canvas.setAttribute("aria-describedby", "space-hint");
  view.canvas.addEventListener("keydown", (event) => {
    const step = 0.12;
    const does: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => view.turn(-step, 0),
      ArrowRight: () => view.turn(step, 0),
      ArrowUp: () => view.turn(0, step),
      ArrowDown: () => view.turn(0, -step),
      "+": () => view.zoom(1.15),
      "=": () => view.zoom(1.15),
      "-": () => view.zoom(1 / 1.15),
      "0": () => view.reset(),
      n: () => selectNext(1),
      p: () => selectNext(-1),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    does[event.key]();
  });
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
  const equal = checkbox("Equal scales", choice.equalScale, (equalScale) => change({ equalScale }));
  const axisSelect = (k: 0 | 1 | 2) => {
    const select = element(
      "select",
      { name: `axis-${k + 1}` },
      k === 2 || choice.axes[k] < 0
        ? element("option", { value: -1, selected: choice.axes[k] < 0 }, "none")
        : null,
      data.axes.map((axis, i) => element("option", { value: i, selected: i === choice.axes[k] }, axis.label)),
    );
    select.addEventListener("change", () => {
      const axes = [...choice.axes] as [number, number, number];
      axes[k] = Number(select.value);
      const equalScale = sameGroup(data, axes);
      equal.input.checked = equalScale;
      change({ axes, equalScale });
    });
    return element("label", {}, `Axis ${k + 1} `, select);
  };
  const arrows = element(
    "select",
    { name: "arrows" },
    (
      [
        ["selected", "of the selected point"],
        ["all", "of all points"],
        ["none", "none"],
      ] as const
    ).map(([value, words]) => element("option", { value, selected: value === choice.arrows }, words)),
  );
  arrows.addEventListener("change", () => change({ arrows: arrows.value as ArrowChoice }));
  const again = element("button", { type: "button" }, "Reset view");
  again.addEventListener("click", () => view.reset());
  const controls = element(
    "div",
    { class: "controls" },
    axisSelect(0),
    axisSelect(1),
    axisSelect(2),
    equal.label,
    unpacked ? checkbox("Trajectories", true, (trajectories) => change({ trajectories })).label : null,
    element("label", {}, "Modes ", arrows),
    again,
  );

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

function checkbox(words: string, checked: boolean, onChange: (on: boolean) => void) {
  const input = element("input", { type: "checkbox", checked });
  input.addEventListener("change", () => onChange(input.checked));
  return { input, label: element("label", {}, input, ` ${words}`) };
}

/** Axes of one unit are drawn with one scale. */
function sameGroup(data: ReportData, axes: readonly number[]): boolean {
  const groups = new Set(axes.filter((a) => a >= 0).map((a) => data.axes[a].group));
  return groups.size <= 1 && !groups.has("mode");
}

/** The one line of a point that is hovered. */
function tipLine(data: ReportData, item: { readonly kind: string; readonly position: number }): string {
  if (item.kind === "cycle") {
    const { period, stability, q } = data.cycles[item.position];
    return `${stability} cycle, period ${period}, q ${q.toExponential(0)}`;
  }
  const point = (item.kind === "point" ? data.points : data.slowPoints)[item.position];
  const { time } = data.system;
  return `${point.stability}, ${plural(point.unstableDimension, "unstable direction")}; ${leadingName(time)} ${leading(point.eigenvalues, time)}; ${slowestMode(point, time)}; q ${point.q.toExponential(0)}`;
}

const embedded = document.getElementById("data");
const host = document.getElementById("report");
if (embedded?.textContent && host) buildPage(host, JSON.parse(embedded.textContent) as ReportData);

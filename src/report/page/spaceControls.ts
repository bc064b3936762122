import type { ReportData } from "../reportData.js";
import { element } from "./dom.js";
import type { ArrowChoice, SpaceChoice } from "./spaceContent.js";
import type { StateSpace } from "./stateSpace.js";

/** The controls above a picture: axes, scales, what is drawn. `onChange` is told what is chosen anew. */
export function spaceControls(
  data: ReportData,
  first: SpaceChoice,
  view: StateSpace,
  onChange: (next: Partial<SpaceChoice>) => void,
): HTMLElement {
  const axes: [number, number, number] = [...first.axes];
  const equal = checkbox("Equal scales", first.equalScale, (equalScale) => onChange({ equalScale }));
  const axisSelect = (k: 0 | 1 | 2) => {
    const select = element(
      "select",
      { name: `axis-${k + 1}` },
      k === 2 || axes[k] < 0 ? element("option", { value: -1, selected: axes[k] < 0 }, "none") : null,
      data.axes.map((axis, i) => element("option", { value: i, selected: i === axes[k] }, axis.label)),
    );
    select.addEventListener("change", () => {
      axes[k] = Number(select.value);
      const equalScale = sameGroup(data, axes);
      equal.input.checked = equalScale;
      onChange({ axes: [...axes], equalScale });
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
    ).map(([value, words]) => element("option", { value, selected: value === first.arrows }, words)),
  );
  arrows.addEventListener("change", () => onChange({ arrows: arrows.value as ArrowChoice }));
  const again = element("button", { type: "button" }, "Reset view");
  again.addEventListener("click", () => view.reset());
  const hasPaths = (data.mechanism?.paths.length ?? 0) > 0;
  return element(
    "div",
    { class: "controls" },
    axisSelect(0),
    axisSelect(1),
    axisSelect(2),
    equal.label,
    data.trajectories
      ? checkbox("Trajectories", first.trajectories, (trajectories) => onChange({ trajectories })).label
      : null,
    hasPaths ? checkbox("Memories", first.memories, (memories) => onChange({ memories })).label : null,
    element("label", {}, "Modes ", arrows),
    again,
  );
}

/** A box to tick, and its words. */
export function checkbox(words: string, checked: boolean, onChange: (on: boolean) => void) {
  const input = element("input", { type: "checkbox", checked });
  input.addEventListener("change", () => onChange(input.checked));
  return { input, label: element("label", {}, input, ` ${words}`) };
}

/** Axes of one unit are drawn with one scale. */
export function sameGroup(data: ReportData, axes: readonly number[]): boolean {
  const groups = new Set(axes.filter((a) => a >= 0).map((a) => data.axes[a].group));
  return groups.size <= 1 && !groups.has("mode");
}

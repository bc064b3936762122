import { card } from "../../../src/report/page/card.js";
import { element, fill } from "../../../src/report/page/dom.js";
import { short } from "../../../src/report/words.js";
import type { Followed } from "../engine/answers.js";

/** A start somebody chose, with the label of what it stands for. */
export interface Start {
  readonly number: number;
  readonly state: Float64Array;
  label: string;
  followed: Followed | null;
}

/** What the card asks for. */
export interface StartEvents {
  onNear(): void;
  onRandom(): void;
  onClear(): void;
  onRemove(number: number): void;
  onLabels(): void;
  onClassify(delay: number): void;
}

/** The list of started trajectories: where each ends, what it is called, and the question for the mechanism. */
export function createStartsCard(events: StartEvents) {
  const rows = element("tbody", {});
  const button = (words: string, onClick: () => void) => {
    const node = element("button", { type: "button" }, words);
    node.addEventListener("click", onClick);
    return node;
  };
  const delay = element("input", { type: "number", name: "delay", min: 1, step: 1, value: 20, id: "delay" });
  const classify = button("By which mechanism?", () => events.onClassify(Number(delay.value)));
  const none = element("p", {}, "No trajectory yet: click into the picture.");
  const table = element(
    "table",
    { class: "starts" },
    element("caption", {}, "Started trajectories, and where each ends."),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ["start", "stands for", "ends", ""].map((head) =>
          head === "" ? element("td", {}) : element("th", { scope: "col" }, head),
        ),
      ),
    ),
    rows,
  );
  const question = element(
    "div",
    {},
    element("h3", {}, "As memories"),
    element(
      "p",
      { class: "hint" },
      "Say what each start stands for. Two labels or more: the network is asked how it tells them apart after the delay.",
    ),
    element(
      "p",
      { class: "controls" },
      element("label", { for: "delay" }, "Delay (steps or time) "),
      delay,
      classify,
    ),
  );
  const node = card(
    "Trajectories",
    element(
      "p",
      { class: "controls" },
      button("Start near the selected point", events.onNear),
      button("Start at random", events.onRandom),
      button("Remove all", events.onClear),
    ),
    none,
    table,
    question,
  );
  let ends = new Map<number, HTMLElement>();
  const words = ({ followed }: Start) => (followed ? endWords(followed) : "…");
  return {
    node,
    /** Where they end, once that is known. */
    ends(starts: readonly Start[]) {
      for (const start of starts) {
        const cell = ends.get(start.number);
        if (cell) cell.textContent = words(start);
      }
    },
    show(starts: readonly Start[]) {
      none.hidden = starts.length > 0;
      table.hidden = question.hidden = starts.length === 0;
      classify.disabled = new Set(starts.map(({ label }) => label)).size < 2;
      ends = new Map(starts.map((start) => [start.number, element("td", {}, words(start))]));
      fill(
        rows,
        starts.map((start) => {
          const label = element("input", {
            type: "text",
            value: start.label,
            size: 6,
            "aria-label": `Start ${start.number} stands for`,
          });
          label.addEventListener("change", () => {
            start.label = label.value;
            classify.disabled = new Set(starts.map((s) => s.label)).size < 2;
            events.onLabels();
          });
          const remove = button("Remove", () => events.onRemove(start.number));
          remove.setAttribute("aria-label", `Remove start ${start.number}`);
          return element(
            "tr",
            {},
            element("th", { scope: "row" }, `Start ${start.number}`),
            element("td", {}, label),
            ends.get(start.number)!,
            element("td", {}, remove),
          );
        }),
      );
    },
  };
}

/** Where a trajectory ends, in words. */
export function endWords({ type, period, lyapunovExponent, point }: Followed): string {
  if (point !== null) return `at Point ${point}`;
  if (type === "fixed-point") return "at a fixed point";
  if (type === "cycle") return `on a cycle of ${period} steps`;
  if (type === "limit-cycle")
    return `on a limit cycle, period ${period === null ? "unknown" : short(period)}`;
  if (type === "chaotic")
    return `in chaos${lyapunovExponent === null ? "" : ` (Lyapunov exponent ${short(lyapunovExponent)})`}`;
  if (type === "quasi-periodic") return "in quasi-periodic motion, or a long cycle";
  return type === "unbounded" ? "nowhere: it runs away" : "not yet: it is still on its way";
}

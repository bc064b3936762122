import { outcomeMeaning } from "../../core/outcome.js";
import { marker } from "../chart.js";
import { qHistogram } from "../figures/qHistogram.js";
import { saturationChart } from "../figures/saturation.js";
import { spectrumPlane } from "../figures/spectrum.js";
import { speedChart } from "../figures/speedChart.js";
import type { Look } from "../looks.js";
import { looksOf } from "../looksOf.js";
import type { ReportData } from "../reportData.js";
import { svg } from "../svg.js";
import {
  completenessSentences,
  complex,
  cycleFacts,
  heldInput,
  kindsOf,
  leading,
  leadingName,
  plural,
  pointFacts,
  proved,
  short,
  slowestMode,
  systemLine,
  timeConstantWords,
} from "../words.js";
import { card, table } from "./card.js";
import { type Content, chart, element, svgElement } from "./dom.js";
import { mechanismCard } from "./mechanismCard.js";
import type { Item, Unpacked } from "./spaceContent.js";
import type { Theme } from "./theme.js";

/** Where a chart of 510 x 292 has its axes. */
const frame = { left: 58, top: 16, width: 440, height: 230 };

/** Rows of lists that hide behind a click. */
const mostEnds = 5000;

/** Title, network, and what was found, in a few lines. */
export function headSection(data: ReportData): Content {
  const { points, slowPoints, cycles, attractors, completeness, network } = data;
  const unexplained = attractors.filter((a) => a.match === null).length;
  const figures: [string, string, string][] = [
    [String(points.length), points.length === 1 ? "fixed point" : "fixed points", kindsOf(points)],
  ];
  if (slowPoints.length > 0)
    figures.push([String(slowPoints.length), slowPoints.length === 1 ? "slow point" : "slow points", ""]);
  if (cycles.length > 0) figures.push([String(cycles.length), cycles.length === 1 ? "cycle" : "cycles", ""]);
  figures.push([
    String(attractors.length),
    attractors.length === 1 ? "attractor reached" : "attractors reached",
    unexplained > 0 ? `${unexplained} not among the points and cycles` : "all among the points and cycles",
  ]);
  figures.push([
    completeness.verdict === "consistent" ? "✓" : "?",
    "is the list complete?",
    completeness.verdict === "consistent" ? "index check: nothing against it" : completeness.verdict,
  ]);
  if (data.mechanism)
    figures.push([data.mechanism.label, "mechanism", `confidence ${data.mechanism.confidence.toFixed(2)}`]);
  return [
    element("h1", {}, data.title),
    element(
      "p",
      { class: "lead" },
      network ? `${network.recognised} (${network.kind}). ` : null,
      systemLine(data),
      ".",
    ),
    element(
      "ul",
      { class: "figures" },
      figures.map(([value, name, more]) =>
        element(
          "li",
          {},
          element("span", { class: value.length > 6 ? "value long" : "value" }, value),
          element("span", { class: "name" }, name),
          more === "" ? null : element("span", { class: "more" }, more),
        ),
      ),
    ),
    data.notes.length > 0
      ? element("p", { class: "note", id: "notes" }, element("strong", {}, "Thinned: "), data.notes.join(" "))
      : null,
  ];
}

/** The mark of a look, to stand in text. */
export function mark(look: Look, theme: Theme): SVGElement {
  const attributes = { viewBox: "-8 -8 16 16", class: "mark", "aria-hidden": "true" };
  return svgElement(svg("svg", attributes, marker(look.marker, 0, 0, 5.5, look.colour)), theme.recolour);
}

/** The looks that occur, by name. */
export function legendOf(data: ReportData, theme: Theme): Content {
  const chips: Content[] = looksOf(data).map((look) => element("li", {}, mark(look, theme), ` ${look.name}`));
  if (data.cycles.length > 0)
    chips.push(element("li", {}, element("span", { class: "key dashed" }), " cycle"));
  if (data.attractors.some((a) => a.path.length > 0))
    chips.push(element("li", {}, element("span", { class: "key solid" }), " attractor that is no point"));
  chips.push(
    element("li", {}, element("span", { class: "key grows" }), " mode that grows"),
    element("li", {}, element("span", { class: "key decays" }), " slow mode"),
  );
  if (data.trajectories)
    chips.push(element("li", {}, element("span", { class: "key ramp" }), " trajectories, fast to slow"));
  if (data.mechanism && data.mechanism.paths.length > 0)
    chips.push(
      element("li", {}, element("span", { class: "key thick" }), " memory from its ring through the delay"),
      element("li", {}, element("span", { class: "key thick dashed" }), " from there to its attractor"),
    );
  return element("ul", { class: "legend" }, chips);
}

/** What is known of one item: facts, spectrum, modes. */
export function detailSection(item: Item | null, data: ReportData, theme: Theme): Content {
  const { time } = data.system;
  if (item === null)
    return element("p", {}, "Select a point in the picture or in the table to see its spectrum.");
  const cycle = item.kind === "cycle" ? data.cycles[item.position] : null;
  const point = cycle ? null : (item.kind === "point" ? data.points : data.slowPoints)[item.position];
  const facts = cycle ? cycleFacts(cycle, time) : pointFacts(point!, time);
  const values = cycle ? cycle.multipliers : point!.eigenvalues;
  const what = cycle ? "multipliers" : "eigenvalues";
  const name = `${item.name}: ${plural(values.length, what.slice(0, -1))} in the complex plane, ${time === "discrete" ? "with the unit circle" : "with the imaginary axis"}; ${leadingName(time)} ${leading(values, time)}`;
  const parts = spectrumPlane({ left: 58, top: 12, width: 300, height: 270 }, "", time, [
    { look: item.look, values },
  ]);
  return [
    element(
      "h2",
      { id: "detail-title", tabindex: -1 },
      mark(item.look, theme),
      ` ${item.name}: ${item.look.name}`,
    ),
    element(
      "dl",
      { class: "facts" },
      facts.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value))),
    ),
    chart(372, 326, name, parts, theme.recolour),
    point && point.modes.length > 0
      ? table(
          "Modes drawn as arrows or planes",
          ["eigenvalue", "time constant", "how"],
          point.modes.map(({ eigenvalue, timeConstant, grows, imaginary }) => [
            complex(eigenvalue) + (imaginary ? " (pair)" : ""),
            timeConstantWords(timeConstant, time),
            `${grows ? "leads away" : "decays slowly"}${imaginary ? ", turning" : ""}`,
          ]),
        )
      : null,
  ];
}

/** The list of everything that can be selected: the picture as a table. One stop of the Tab key, arrow keys within. */
export function itemTable(
  data: ReportData,
  items: readonly Item[],
  theme: Theme,
  onSelect: (id: string) => void,
): { node: HTMLElement; select(id: string | null): void } {
  const { time } = data.system;
  const radios = new Map<string, { radio: HTMLInputElement; row: HTMLTableRowElement }>();
  const withProof = [...data.points, ...data.slowPoints, ...data.cycles].some((p) => p.certificate !== null);
  const withReadout = data.points.some((p) => p.readout !== null);
  const heads = [
    "",
    "point",
    "kind",
    "unstable directions",
    leadingName(time),
    "slowest mode",
    "q",
    "starts",
    ...(withProof ? ["proved"] : []),
    ...(withReadout ? ["readout"] : []),
  ];
  const rows = items.map((item) => {
    const cycle = item.kind === "cycle" ? data.cycles[item.position] : null;
    const point = cycle ? null : (item.kind === "point" ? data.points : data.slowPoints)[item.position];
    const it = (cycle ?? point)!;
    const radio = element("input", { type: "radio", name: "item", id: `row-${item.id}`, value: item.id });
    radio.addEventListener("change", () => onSelect(item.id));
    const cells: Content[] = [
      cycle
        ? `${cycle.stability}, period ${cycle.period}`
        : item.kind === "slow"
          ? `slow: ${point!.kind}`
          : it.stability,
      it.unstableDimension,
      leading(cycle ? cycle.multipliers : point!.eigenvalues, time),
      point ? slowestMode(point, time) : "",
      it.q.toExponential(0),
      it.fromStarts,
      ...(withProof ? [it.certificate ? proved(it.certificate) : ""] : []),
      ...(withReadout
        ? [point?.readout?.map((v) => short(Math.abs(v) < 5e-3 ? 0 : Number(v.toFixed(2)))).join(", ") ?? ""]
        : []),
    ];
    const row = element(
      "tr",
      {},
      element("td", {}, radio),
      element(
        "th",
        { scope: "row" },
        element("label", { for: radio.id }, mark(item.look, theme), ` ${item.name}`),
      ),
      cells.map((cell, i) => element("td", i >= 1 && i <= 5 && i !== 3 ? { class: "number" } : {}, cell)),
    );
    row.addEventListener("click", (event) => {
      if (event.target !== radio) onSelect(item.id);
    });
    radios.set(item.id, { radio, row });
    return row;
  });
  const node = element(
    "div",
    { class: "scroll" },
    element(
      "table",
      { class: "items" },
      element("caption", {}, "Every point and cycle found. Arrow keys move, and select."),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          heads.map((head) => (head === "" ? element("td", {}) : element("th", { scope: "col" }, head))),
        ),
      ),
      element("tbody", {}, rows),
    ),
  );
  return {
    node,
    select(id) {
      for (const [own, { radio, row }] of radios) {
        radio.checked = own === id;
        row.classList.toggle("selected", own === id);
        if (own === id) keepInView(node, row);
      }
    },
  };
}

/** Scrolls the box, never the page. */
function keepInView(box: HTMLElement, row: HTMLElement): void {
  const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
  const head = 34;
  if (inner.top < outer.top + head) box.scrollTop += inner.top - outer.top - head;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
}

/** Speed along trajectories, and where the searches ended. */
export function chartSection(data: ReportData, unpacked: Unpacked | null, theme: Theme): Content {
  const cards: Content[] = [];
  if (unpacked)
    cards.push(
      card(
        "Speed along trajectories",
        chart(
          510,
          292,
          `Speed along ${plural(unpacked.lengths.length, "trajectory", "trajectories")} over time, on a logarithmic scale: single ones, median and quartiles`,
          speedChart(frame, "", data.system.time, unpacked),
          theme.recolour,
        ),
      ),
    );
  const { ends } = data;
  cards.push(
    card(
      "How every start ended",
      ends
        ? chart(
            510,
            292,
            `Histogram of q where the search from each of ${plural(ends.q.length, "start")} ended, by how it ended; the table below has the numbers`,
            qHistogram(frame, "", ends),
            theme.recolour,
          )
        : null,
      table(
        "Outcomes of the searches",
        ["how", "starts", "what it means"],
        data.starts
          .filter(({ count }) => count > 0)
          .map(({ outcome, count }) => [
            element(
              "span",
              { class: "number" },
              element("span", { class: `swatch ${outcome}` }),
              ` ${outcome}`,
            ),
            count,
            outcomeMeaning[outcome],
          ]),
      ),
      ends ? everyEnd(ends) : null,
    ),
  );
  return cards;
}

/** Each start in a row, made when asked for. */
function everyEnd(ends: NonNullable<ReportData["ends"]>): HTMLElement {
  const details = element(
    "details",
    {},
    element("summary", {}, `Each of the ${plural(ends.q.length, "start")}`),
  );
  details.addEventListener(
    "toggle",
    () => {
      const rows = ends.outcome
        .slice(0, mostEnds)
        .map((outcome, i) => [
          i,
          outcome,
          ends.q[i] === null ? "not finite" : ends.q[i].toExponential(1),
          ends.point[i] < 0 ? "" : `Point ${ends.point[i]}`,
        ]);
      const more = ends.q.length > mostEnds ? [element("p", {}, `The first ${mostEnds} are listed.`)] : [];
      details.append(
        element(
          "div",
          { class: "scroll", tabindex: 0, role: "group", "aria-label": "Each start" },
          table("Each start", ["start", "outcome", "q", "ended in"], rows),
        ),
        ...more,
      );
    },
    { once: true },
  );
  return details;
}

/** Completeness, attractors, mechanism, and what made this report. */
export function evidenceSection(data: ReportData, theme: Theme): Content {
  const { attractors, ends, mechanism, points } = data;
  return [
    card(
      "Is the list complete?",
      element(
        "ul",
        {},
        completenessSentences(data).map((line) => element("li", {}, line)),
      ),
      ends?.point.some((point) => point >= 0)
        ? chart(
            510,
            292,
            `Saturation: how many different points so many of the ${plural(ends.point.length, "start")} find on average, ${points.length} points in all; flat at the end where more starts find little that is new`,
            saturationChart(frame, "", ends.point),
            theme.recolour,
          )
        : null,
      table(
        "Attractors that trajectories reached",
        ["attractor", "type", "period", "Lyapunov exponent", "trajectories", "listed as"],
        attractors.map((a) => [
          a.id,
          a.type,
          a.period === null || a.type === "fixed-point" ? "" : short(a.period),
          a.lyapunovExponent === null ? "" : short(a.lyapunovExponent),
          a.fromStarts,
          a.match === null ? "not listed" : `${a.match.kind === "point" ? "Point" : "Cycle"} ${a.match.id}`,
        ]),
      ),
    ),
    mechanism ? mechanismCard(mechanism, data, theme) : null,
    card(
      "What made this report",
      element(
        "dl",
        { class: "facts" },
        Object.entries({
          "rnn-dynamics": data.version,
          ...(data.network && {
            file: data.network.file,
            kind: data.network.kind,
            recognised: data.network.recognised,
          }),
          system: systemLine(data),
          input: data.input.length > 0 ? data.input.slice(0, 64).map(short).join(", ") : heldInput([]),
          arithmetic: `${data.kernel}, float64`,
        }).map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value))),
      ),
      element(
        "details",
        {},
        element("summary", {}, "All options"),
        element("pre", { tabindex: 0 }, JSON.stringify(data.options, null, 2)),
      ),
    ),
  ];
}

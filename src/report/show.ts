import type { Analysis, ComplexPair } from "../analysis/analyze.js";
import type { FixedPointReport } from "../analysis/fixedPoints.js";
import type { MechanismReport } from "../analysis/mechanismReport.js";
import type { SlowPointReport } from "../analysis/slowPoints.js";
import type { Stability } from "../analysis/stability.js";
import { timeConstants } from "../analysis/timeConstants.js";
import { describe, fail } from "../core/check.js";
import type { Time } from "../core/system.js";
import { legend, picture } from "./chart.js";
import { spectrumPlane } from "./figures/spectrum.js";
import { type Look, pointLooks } from "./looks.js";
import { escaped } from "./svg.js";
import { type Column, table } from "./table.js";
import { kindsOf, leading, leadingName, plural, short, slowestMode } from "./words.js";

/** A result that shows itself: in a notebook as a table and a picture, in a terminal as a table. */
export interface Shown<T> {
  /** The plain result. */
  readonly result: T;
  /** As a terminal prints it. */
  toString(): string;
}

/** What {@link show} takes. */
export type Showable = Analysis | FixedPointReport | SlowPointReport | MechanismReport;

/** Rows of one list. */
const shownRows = 40;

/** A result in words: a line, a table, and the spectra in it. */
interface Words {
  readonly head: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  readonly more: string;
  readonly lines: readonly string[];
  readonly time: Time;
  readonly spectra: readonly { readonly look: Look; readonly values: readonly ComplexPair[] }[];
}

/** A point of any report, in the form of words. */
interface Row {
  readonly id: number;
  readonly kind: string;
  readonly stability: Stability;
  readonly unstableDimension: number;
  readonly eigenvalues: readonly ComplexPair[];
  readonly timeConstants: readonly (number | null)[];
  readonly q: number;
  readonly fromStarts: number;
}

/**
 * A result that shows itself. Results are plain data, which can be cloned, sent to a worker and compared, and a method
 * on them would be lost or in the way there; so they are wrapped where they are shown.
 *
 * Put it last in a cell of a Jupyter notebook (Deno's kernel and others that ask `Symbol.for("Jupyter.display")`): a
 * table, and the eigenvalues as a picture. `console.log` of it in Node prints the table. Takes what `analyze`,
 * `findFixedPoints`, `findSlowPoints` and `classifyMechanism` return; throws for anything else. The first 40 points
 * are listed. O(points D).
 *
 * @example
 * const bistable = map({ dimension: 1, step: (x, u, out) => { out[0] = Math.tanh(2 * x[0]); } });
 * const shown = show(findFixedPoints(bistable, [[-1], [0.1], [1]]));
 * String(shown).split("\n")[0]; // => "Fixed points: 3 (2 stable, 1 unstable)"
 */
export function show<T extends Showable>(result: T): Shown<T> {
  const words = wordsOf(result);
  const text = textOf(words);
  return {
    result,
    toString: () => text,
    [Symbol.for("nodejs.util.inspect.custom")]: () => text,
    [Symbol.for("Jupyter.display")]: () => ({ "text/plain": text, "text/html": htmlOf(words) }),
  } as Shown<T>;
}

function wordsOf(result: Showable): Words {
  if (typeof result !== "object" || result === null) return refuse(result);
  if ("schema" in result && result.schema === "rnn-dynamics/analysis@1") return analysisWords(result);
  if ("schema" in result && result.schema === "rnn-dynamics/mechanism@1") return mechanismWords(result);
  if (!("points" in result) || !("system" in result) || !Array.isArray(result.points)) return refuse(result);
  const { time } = result.system;
  const isSlow = "tooFast" in result;
  const rows = result.points.map((p): Row => {
    const { real, imaginary } = p.eigenvalues;
    return {
      ...p,
      kind: "kind" in p ? p.kind : p.stability,
      eigenvalues: Array.from(real, (re, i) => [re, imaginary[i]] as const),
      timeConstants: Array.from(timeConstants(time, real, imaginary), (t) => (Number.isFinite(t) ? t : null)),
    };
  });
  const starts = Object.entries(result.starts.counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  const complete = isSlow
    ? []
    : (result as FixedPointReport).completeness.map((c) => `Index check: ${c.verdict}`);
  return pointWords(isSlow ? "Slow points" : "Fixed points", rows, time, isSlow, [
    `Starts: ${starts.join(", ") || "none"}`,
    ...new Set(complete),
  ]);
}

function refuse(result: unknown): never {
  return fail(
    "show",
    `result is ${describe(result)}, expected what analyze, findFixedPoints, findSlowPoints or classifyMechanism returns`,
  );
}

function analysisWords(analysis: Analysis): Words {
  const { points, slowPoints, cycles, attractors, completeness, system } = analysis;
  const rows = points.map((p): Row => ({ ...p, kind: p.stability }));
  return pointWords("Fixed points", rows, system.time, false, [
    ...(analysis.options.slow ? [`Slow points: ${slowPoints.length}`] : []),
    ...(analysis.options.maxPeriod > 1 ? [`Cycles: ${cycles.length}`] : []),
    `Attractors reached: ${attractors.reached.length}, ${attractors.unexplained.length} of them not listed`,
    `Index check: ${completeness.verdict}`,
  ]);
}

function pointWords(
  title: string,
  points: readonly Row[],
  time: Time,
  isSlow: boolean,
  lines: string[],
): Words {
  const listed = points.slice(0, shownRows);
  return {
    head: `${title}: ${points.length}${points.length > 0 ? ` (${kindsOf(points)})` : ""}`,
    columns: [
      { head: "id" },
      { head: "kind", align: "left" },
      { head: "unstable" },
      { head: leadingName(time) },
      { head: "slowest time constant" },
      { head: "q" },
      { head: "starts" },
    ],
    rows: listed.map((p) => [
      String(p.id),
      p.kind,
      String(p.unstableDimension),
      leading(p.eigenvalues, time),
      slowestMode(p, time),
      p.q.toExponential(0),
      String(p.fromStarts),
    ]),
    more: points.length > shownRows ? `... and ${points.length - shownRows} more` : "",
    lines,
    time,
    spectra: listed.map((p) => ({
      look: isSlow ? pointLooks.slow : pointLooks[p.stability],
      values: p.eigenvalues,
    })),
  };
}

function mechanismWords({
  label,
  unclassified,
  confidence,
  reasons,
  memories,
  system,
}: MechanismReport): Words {
  return {
    head: `Mechanism: ${label}${unclassified === null ? "" : ` (${unclassified})`}, confidence ${confidence.toFixed(2)}`,
    columns: [
      { head: "label", align: "left" },
      { head: "ends on", align: "left" },
      { head: "told apart", align: "left" },
      { head: "lifetime" },
    ],
    rows: memories
      .slice(0, shownRows)
      .map((m) => [
        String(m.label),
        m.limit,
        m.toldApart ? "yes" : "no",
        m.lifetime === null ? m.lifetimeKind : short(m.lifetime),
      ]),
    more:
      memories.length > shownRows
        ? `... and ${plural(memories.length - shownRows, "more memory", "more memories")}`
        : "",
    lines: reasons,
    time: system.time,
    spectra: [],
  };
}

function textOf({ head, columns, rows, more, lines }: Words): string {
  return [
    head,
    ...(rows.length > 0 ? [table(columns, rows)] : []),
    ...(more === "" ? [] : [`  ${more}`]),
    ...lines,
  ].join("\n");
}

/** Escaped throughout, without scripts: notebooks put it into their own page. */
function htmlOf({ head, columns, rows, more, lines, time, spectra }: Words): string {
  const cells = (tag: string, list: readonly string[]) =>
    `<tr>${list.map((cell) => `<${tag} style="text-align:left;padding-right:1em">${escaped(cell)}</${tag}>`).join("")}</tr>`;
  const parts = [`<p><strong>${escaped(head)}</strong></p>`];
  if (rows.length > 0)
    parts.push(
      `<table><thead>${cells(
        "th",
        columns.map((c) => c.head),
      )}</thead><tbody>${rows.map((row) => cells("td", row)).join("")}</tbody></table>`,
    );
  if (more !== "") parts.push(`<p>${escaped(more)}</p>`);
  parts.push(...lines.map((line) => `<p>${escaped(line)}</p>`));
  if (spectra.length > 0) {
    const looks = [...new Set(spectra.map(({ look }) => look))];
    const frame = { left: 64, top: 34, width: 330, height: 300 };
    parts.push(
      picture(420, 410, "Eigenvalues", head, [
        spectrumPlane(frame, "Eigenvalues at the points listed", time, spectra),
        legend(70, 398, looks, 80),
      ]),
    );
  }
  return parts.join("\n");
}

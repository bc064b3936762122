import type { Analysis, AnalysisAttractor, AnalysisPoint } from "../analysis/analyze.js";
import type { Cell } from "../cells/cell.js";
import type { Certified, CertifiedAnalysis } from "../proof/index.js";
import { type Column, table } from "../report/table.js";
import {
  heldInput,
  kindsOf,
  leading,
  leadingName,
  plural,
  proved,
  short,
  slowestMode,
} from "../report/words.js";

function isCertified<T>(item: T): item is Certified<T> {
  return typeof item === "object" && item !== null && "certificate" in item;
}

function isProved(completeness: Analysis["completeness"]): completeness is CertifiedAnalysis["completeness"] {
  return "distinct" in completeness;
}

/** What is proved of a point; nothing of one without a certificate. */
function provedOf(item: unknown): string {
  return isCertified(item) ? proved(item.certificate) : "";
}

/** Rows shown of one list; the JSON has them all. */
const shown = 40;

/** Notes about the file shown at the head. */
const notesShown = 4;

/** Where the network came from, for the head of the report. */
export interface Provenance {
  readonly file: string;
  readonly recognised: string;
  readonly notes: readonly string[];
  readonly startsFrom: string;
}

/** The analysis as tables for people. */
export function analysisReport(
  analysis: Analysis,
  from: Provenance,
  cell: Cell,
  seconds: Readonly<Record<string, number>>,
): string {
  const sections = [
    head(analysis, from, cell, seconds),
    pointSection(analysis, cell),
    analysis.options.maxPeriod > 1 ? cycleSection(analysis) : "",
    analysis.options.slow ? slowSection(analysis, cell) : "",
    attractorSection(analysis),
    completenessSection(analysis),
  ];
  return `${sections.filter((s) => s !== "").join("\n\n")}\n`;
}

function head(
  { system, input, starts }: Analysis,
  from: Provenance,
  cell: Cell,
  seconds: Readonly<Record<string, number>>,
): string {
  const sizes = [
    plural(cell.units, "unit"),
    plural(system.dimension, "state variable"),
    plural(cell.inputDimension, "input"),
    plural(cell.outputDimension, "output"),
  ];
  const ended = (
    [
      [starts.fixed, "reached a fixed point"],
      [starts.slow, "stopped at a local minimum of the speed"],
      [starts.stalled, "stalled"],
      [starts.leftDomain, "left the domain"],
      [starts.outOfSteps, "ran out of steps"],
      [starts.notFinite, "met NaN or infinity"],
    ] as const
  )
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${count} ${text}`);
  const lines = [
    ["Network", `${from.file} (${from.recognised})`],
    ["", sizes.join(", ")],
    [
      "System",
      `${system.time === "discrete" ? "map, time in steps" : "flow, time in the unit of its tau"}; ${heldInput(input)}`,
    ],
    ["Starts", `${starts.total} (${from.startsFrom}): ${ended.join(", ")}`],
    ["Time", `${seconds.total.toFixed(2)} s`],
    ...from.notes.slice(0, notesShown).map((note) => ["Note", note]),
    ...(from.notes.length > notesShown
      ? [
          [
            "",
            `... and ${from.notes.length - notesShown} more notes (rnn-dynamics inspect shows the tensors)`,
          ],
        ]
      : []),
  ];
  return lines.map(([name, text]) => `${name.padEnd(9)}${text}`).join("\n");
}

function pointSection(analysis: Analysis, cell: Cell): string {
  const { points, system } = analysis;
  const title = `Fixed points: ${points.length}${points.length > 0 ? ` (${kindsOf(points)})` : ""}`;
  if (points.length === 0) return `${title}\n  none was found`;
  return `${title}\n${pointTable(points, analysis, cell, [
    { head: "unstable", cell: (p) => String(p.unstableDimension) },
    { head: leadingName(system.time), cell: (p) => leading(p.eigenvalues, system.time) },
    { head: "slowest time constant", cell: (p) => slowestMode(p, system.time) },
    { head: "q", cell: (p) => p.q.toExponential(0) },
  ])}`;
}

function slowSection(analysis: Analysis, cell: Cell): string {
  const { slowPoints } = analysis;
  const title = `Slow points: ${slowPoints.length}`;
  if (slowPoints.length === 0) return `${title}\n  no local minimum of the speed above zero is slow`;
  const perTime = analysis.system.time === "discrete" ? "speed per step" : "speed";
  return `${title}\n${pointTable(slowPoints, analysis, cell, [
    { head: "kind", cell: (p) => p.kind ?? "" },
    { head: perTime, cell: (p) => (p.speed ?? 0).toExponential(1) },
    { head: "extent", cell: (p) => short(p.extent ?? 0) },
    { head: "|grad q|", cell: (p) => p.gradientNorm.toExponential(0) },
    { head: "curvature", cell: (p) => (p.smallestCurvature ?? 0).toExponential(0) },
  ])}`;
}

function pointTable(
  points: readonly AnalysisPoint[],
  analysis: Analysis,
  cell: Cell,
  middle: readonly { readonly head: string; readonly cell: (p: AnalysisPoint) => string }[],
): string {
  const withReadout = cell.outputDimension > 0;
  const certified = points.some(isCertified);
  const columns: Column[] = [
    { head: "id" },
    { head: "stability", align: "left" },
    ...middle.map(({ head }) => ({ head })),
    { head: "starts" },
    ...(certified ? [{ head: "proved", align: "left" as const }] : []),
    ...(withReadout ? [{ head: "readout", align: "left" as const }] : []),
  ];
  const rows = points
    .slice(0, shown)
    .map((p) => [
      String(p.id),
      p.stability,
      ...middle.map((m) => m.cell(p)),
      String(p.fromStarts),
      ...(certified ? [provedOf(p)] : []),
      ...(withReadout ? [readout(p.state, analysis.input, cell)] : []),
    ]);
  const more =
    points.length > shown ? `\n  ... and ${points.length - shown} more (--json FILE has them all)` : "";
  return table(columns, rows) + more;
}

function cycleSection(analysis: Analysis): string {
  const { cycles, options } = analysis;
  const title = `Cycles of 2${options.maxPeriod > 2 ? ` to ${options.maxPeriod}` : ""} steps: ${cycles.length}`;
  if (cycles.length === 0) return `${title}\n  none was found`;
  const rows = cycles
    .slice(0, shown)
    .map((c) => [
      String(c.id),
      String(c.period),
      c.stability,
      String(c.unstableDimension),
      leading(c.multipliers, "discrete"),
      c.q.toExponential(0),
      String(c.fromStarts),
      ...(isCertified(c) ? [provedOf(c)] : []),
    ]);
  const columns: Column[] = [
    { head: "id" },
    { head: "period" },
    { head: "stability", align: "left" },
    { head: "unstable" },
    { head: "max |multiplier|" },
    { head: "q" },
    { head: "starts" },
    ...(cycles.some(isCertified) ? [{ head: "proved", align: "left" as const }] : []),
  ];
  const more =
    cycles.length > shown ? `\n  ... and ${cycles.length - shown} more (--json FILE has them all)` : "";
  return `${title}\n${table(columns, rows)}${more}`;
}

function attractorSection({ attractors }: Analysis): string {
  const { reached, unexplained, followed } = attractors;
  const kinds = new Map<AnalysisAttractor["type"], number>();
  for (const a of reached) kinds.set(a.type, (kinds.get(a.type) ?? 0) + 1);
  const summary = [...kinds].map(([type, count]) => countOf(type, count)).join(", ");
  const title = `Attractors reached by ${followed} trajectories: ${summary}`;
  if (unexplained.length === 0) return `${title}\n  all of them are listed above`;
  const lines = unexplained
    .slice(0, shown)
    .map(
      (a) => `  NOT LISTED ABOVE: ${attractorLine(a)}, ${plural(a.fromStarts, "trajectory", "trajectories")}`,
    );
  return [title, ...lines].join("\n");
}

/** "8 fixed points", "1 limit cycle", "2 chaotic": the adjectives among the types take no plural. */
function countOf(type: AnalysisAttractor["type"], count: number): string {
  const noun = type === "fixed-point" || type === "cycle" || type === "limit-cycle";
  return noun ? plural(count, type.replace("-", " ")) : `${count} ${type}`;
}

function attractorLine(a: AnalysisAttractor): string {
  const period = a.period === null || a.type === "fixed-point" ? "" : `, period ${short(a.period)}`;
  const exponent = a.lyapunovExponent === null ? "" : `, Lyapunov exponent ${short(a.lyapunovExponent)}`;
  const advice: Partial<Record<AnalysisAttractor["type"], string>> = {
    "fixed-point": " that no search returned",
    cycle: a.period === null ? "" : ` (search for it with --period ${a.period})`,
    "not-settled": " (still moving when the steps allowed ran out; --slow looks for slow points)",
  };
  return `${a.type}${period}${exponent}${advice[a.type] ?? ""}`;
}

function completenessSection({ completeness, points }: Analysis): string {
  const { indexSum, expected, verdict, unseenEstimate, extraSearches, budgetSpent, foundByExtraSearches } =
    completeness;
  const lines = [
    "Is the list of fixed points complete?",
    expected === null
      ? `  index check    ${verdict}`
      : `  index check    the indices sum to ${indexSum}, must sum to ${expected}: ${verdict}`,
    `  unseen points  estimate ${short(unseenEstimate)} (from how often each was hit)`,
    `  searched on    ${plural(extraSearches, "more search", "more searches")} found ${plural(foundByExtraSearches, "more point")}${budgetSpent ? "; the budget is spent" : ""}`,
  ];
  const degenerate = points.filter((p) => p.index === 0).length;
  if (isProved(completeness)) lines.push(...proofLines(points, completeness));
  if (degenerate > 0)
    lines.push(
      `  degenerate     ${plural(degenerate, "point")} on a kink, on the brink of a bifurcation, or on a continuum of fixed points`,
    );
  return lines.join("\n");
}

/** What the certificates say of the list as a whole, and the obstacles. */
function proofLines(
  points: readonly AnalysisPoint[],
  { distinct, proof }: CertifiedAnalysis["completeness"],
): string[] {
  const open = points.filter((p) => isCertified(p) && p.certificate.status !== "certified");
  const lines = [`  proved         ${plural(distinct, "different fixed point")} for certain`];
  if (proof)
    lines.push(`  ${proof.proved ? "complete       PROVED" : "complete       not proved"}: ${proof.reason}`);
  if (proof && proof.unlisted.length > 0)
    lines.push(
      `  NOT LISTED     ${plural(proof.unlisted.length, "certified point")} that no search returned`,
    );
  for (const p of open.slice(0, 3))
    if (isCertified(p)) lines.push(`  not proved     id ${p.id}: ${p.certificate.reason}`);
  if (open.length > 3) lines.push(`  not proved     ... and ${open.length - 3} more`);
  return lines;
}

function readout(state: readonly number[], input: readonly number[], cell: Cell): string {
  const out = new Float64Array(cell.outputDimension);
  cell.readout(Float64Array.from(state), Float64Array.from(input), out);
  const values = Array.from(out.subarray(0, 6), (v) =>
    (Math.abs(v) < 5e-3 ? "0.00" : v.toFixed(2)).padStart(5),
  );
  return values.join(" ") + (out.length > 6 ? " ..." : "");
}

import type { MechanismReport } from "../analysis/mechanism.js";
import { table } from "../report/table.js";

/** Rows shown of one list; the JSON has them all. */
const shown = 40;

/** A mechanism report as text for people. */
export function mechanismText(
  report: MechanismReport,
  from: { readonly file: string; readonly recognised: string; readonly notes: readonly string[] },
): string {
  const unit = report.system.time === "discrete" ? "steps" : "units of time";
  const { label, unclassified, confidence, runnerUp, options } = report;
  const head = [
    ["Network", `${from.file} (${from.recognised})`],
    ["Delay", `${options.delay} ${unit}; followed for ${options.horizon}`],
    ["Label", unclassified === null ? label : `${label}: ${unclassified}`],
    [
      "",
      `confidence ${confidence.toFixed(2)}${confidence < 0.5 ? " (borderline)" : ""}${runnerUp === null ? "" : `, runner-up ${runnerUp}`}`,
    ],
    ...(report.originalRule
      ? [["Readout", `the authors' rule says ${report.originalRule.trialEnds.label}`]]
      : []),
    ...from.notes.map((note) => ["Note", note]),
  ].map(([name, text]) => `${name.padEnd(9)}${text}`);
  const reasons = ["Reasons", ...report.reasons.map((reason) => `  ${reason}`)];
  return `${[head.join("\n"), reasons.join("\n"), memoryTable(report), attractorTable(report)].join("\n\n")}\n`;
}

function memoryTable({ memories }: MechanismReport): string {
  const rows = memories
    .slice(0, shown)
    .map((m) => [
      String(m.label),
      m.limit,
      m.attractor === null ? "" : String(m.attractor),
      m.phase === null ? "" : m.phase.toFixed(3),
      m.shared ? "yes" : "no",
      m.lifetimeKind === "measured" ? short(m.lifetime) : m.lifetimeKind.replace("-", " "),
      short(m.separation.start),
      short(m.separation.delay),
    ]);
  const heads = ["label", "ends on", "attractor", "phase", "shared", "lifetime", "separation", "at the end"];
  return `Memories: ${memories.length}\n${table(
    heads.map((head, j) => ({ head, ...(j < 2 && { align: "left" as const }) })),
    rows,
  )}`;
}

function attractorTable({ attractors, system }: MechanismReport): string {
  if (attractors.length === 0) return "Attractors: none that a memory ends on";
  const rows = attractors
    .slice(0, shown)
    .map((a) => [
      String(a.id),
      a.motion,
      a.stability ?? "",
      short(a.period),
      a.timeConstant === null ? (a.stability === "marginal" ? "infinite" : "") : short(a.timeConstant),
      a.slow === null ? "" : String(a.slow.dimension),
      String(a.memories.length),
    ]);
  const unit = system.time === "discrete" ? "steps" : "time";
  const heads = ["id", "type", "stability", "period", `slowest (${unit})`, "slow modes", "memories"];
  return `Attractors: ${attractors.length}\n${table(
    heads.map((head, j) => ({ head, ...((j === 1 || j === 2) && { align: "left" as const }) })),
    rows,
  )}`;
}

function short(value: number | null): string {
  return value === null ? "" : String(Number(value.toPrecision(4)));
}

import type { MechanismReport } from "./mechanismReport.js";
import { say } from "./mechanismVerdict.js";

/** The evidence of a report in sentences, with its numbers; the checks of the label come last, weakest first. */
export function mechanismReasons(report: Omit<MechanismReport, "reasons">): string[] {
  return [
    ends(report),
    ...spectra(report),
    motion(report),
    lifetimes(report),
    ...report.checks
      .slice()
      .sort((a, b) => a.score - b.score)
      .map((c) => c.sentence),
    standing(report),
  ].filter((s) => s !== "");
}

function ends({ memories, attractors }: Omit<MechanismReport, "reasons">): string {
  const labels = new Set(memories.map((m) => m.label)).size;
  const kinds = (["fixed-point", "limit-cycle", "chaotic"] as const)
    .map((type) => ({ type, count: attractors.filter((a) => a.type === type).length }))
    .filter(({ count }) => count > 0)
    .map(({ type, count }) =>
      plural(
        count,
        { "fixed-point": "fixed point", "limit-cycle": "cycle", chaotic: "chaotic attractor" }[type],
      ),
    );
  const lost = memories.filter((m) => m.attractor === null).length;
  const where = [...kinds, ...(lost > 0 ? [`no attractor (${lost} of them)`] : [])].join(" and ");
  const sharing = memories.filter((m) => m.shared).length;
  return `${plural(memories.length, "memory", "memories")} with ${plural(labels, "label")} end on ${where}; ${sharing === 0 ? "none" : `${sharing}`} of them in a place where another label ends too.`;
}

function spectra({
  attractors,
  slowPoints,
  memories,
  options,
  system,
}: Omit<MechanismReport, "reasons">): string[] {
  const unit = system.time === "discrete" ? "steps" : "units of time";
  const described = attractors.filter((a) => a.slow !== null);
  const out: string[] = [];
  if (described.length > 0) {
    const slowest = described.reduce((a, b) =>
      (b.slow!.timeConstants[0] ?? Number.POSITIVE_INFINITY) >
      (a.slow!.timeConstants[0] ?? Number.POSITIVE_INFINITY)
        ? b
        : a,
    );
    const { dimension, timeConstants, gap } = slowest.slow!;
    const modes =
      dimension === 0
        ? "no mode that lasts as long as the delay"
        : `${plural(dimension, "mode")} that ${dimension === 1 ? "lasts" : "last"} longer than the delay`;
    out.push(
      `The slowest of the points, ${slowest.id}, has ${modes}; its slowest time constant is ${say(timeConstants[0] ?? Number.POSITIVE_INFINITY)} ${unit}, ${say((timeConstants[0] ?? Number.POSITIVE_INFINITY) / options.delay)} delays${gap === null ? "" : `, and the next modes decay ${say(gap)} times as fast`}.`,
    );
  }
  const shares = memories.map((m) => m.slowShare?.ofDeviation ?? Number.NaN).filter(Number.isFinite);
  if (shares.length > 0)
    out.push(
      `When the delay ends, between ${say(Math.min(...shares))} and ${say(Math.max(...shares))} of what separates a memory from its ${memories.some((m) => m.slowShare?.at === "attractor") ? "point" : "slow point"} lies in the slow eigenspace there.`,
    );
  if (slowPoints.length > 0) {
    const slowest = slowPoints.reduce((a, b) => (b.speed < a.speed ? b : a));
    out.push(
      `${plural(slowPoints.length, "slow point")} near the paths; the slowest is a ${slowest.kind === "ghost" ? "ghost" : "piece of a slow manifold"} of speed ${say(slowest.speed)}.`,
    );
  }
  return out;
}

function motion({ speeds, activity }: Omit<MechanismReport, "reasons">): string {
  const first = speeds.mean[0];
  const last = speeds.mean[speeds.mean.length - 1];
  if (first === null || last === null) return "";
  const phasic =
    activity && activity.phasicIndex !== null
      ? ` Rates vary by ${say(activity.phasicIndex)} of their size (phasic index); ${say(100 * activity.saturation)} % are saturated.`
      : "";
  return `The mean speed goes from ${say(first)} when the delay starts to ${say(last)} when it ends.${phasic}`;
}

function lifetimes({ memories, system, options }: Omit<MechanismReport, "reasons">): string {
  const unit = system.time === "discrete" ? "steps" : "units of time";
  const measured = memories.filter((m) => m.lifetimeKind === "measured").map((m) => m.lifetime!);
  const forEver = memories.filter((m) => m.lifetimeKind === "for-ever").length;
  const beyond = memories.filter((m) => m.lifetimeKind === "beyond-horizon").length;
  const parts = [
    ...(forEver > 0 ? [`${forEver} of ${memories.length} memories last for ever`] : []),
    ...(beyond > 0 ? [`${beyond} beyond the horizon of ${say(options.horizon)}`] : []),
    ...(measured.length > 0
      ? [
          `${measured.length} can be told apart until ${say(Math.min(...measured))} to ${say(Math.max(...measured))} ${unit}`,
        ]
      : []),
  ];
  return parts.length === 0 ? "" : `${capital(parts.join(", "))}.`;
}

function standing({ label, confidence, runnerUp }: Omit<MechanismReport, "reasons">): string {
  if (label === "unclassified" || confidence >= 0.5) return "";
  return `Borderline: the weakest check scores ${say(confidence)} (0.5 is the threshold)${runnerUp ? `; if it failed, the label would be ${runnerUp}` : ""}.`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

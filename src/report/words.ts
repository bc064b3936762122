import type { ComplexPair } from "../analysis/analyze.js";
import type { Time } from "../core/system.js";
import type { CertificateSummary } from "../proof/index.js";
import type { ReportCycle, ReportData, ReportPoint } from "./reportData.js";

/** Four significant digits, without an exponent where it reads well. */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e5 || magnitude < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** "1 point", "2 points". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** "8 stable, 12 saddles with 1 unstable direction": fixed points by what they do to their neighbours. */
export function kindsOf(points: readonly Pick<ReportPoint, "stability" | "unstableDimension">[]): string {
  const counts = new Map<string, number>();
  for (const { stability, unstableDimension } of points) {
    const kind =
      stability === "saddle" ? `with ${plural(unstableDimension, "unstable direction")}` : stability;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}

/** The input, in words. */
export function heldInput(input: readonly number[]): string {
  if (input.length === 0) return "no input";
  if (input.every((v) => v === 0)) return "input held at zero";
  return `input held at [${input.slice(0, 8).map(short).join(", ")}${input.length > 8 ? ", ..." : ""}]`;
}

/** The network and its kind of time, in one line. */
export function systemLine({ system, input }: Pick<ReportData, "system" | "input">): string {
  const kind = system.time === "discrete" ? "map, time in steps" : "flow, time in the unit of its tau";
  return `${plural(system.dimension, "state variable")}, ${plural(system.inputDimension, "input")}; ${kind}; ${heldInput(input)}`;
}

/** A complex number. */
export function complex([real, imaginary]: ComplexPair): string {
  if (imaginary === 0) return short(real);
  return `${short(real)} ${imaginary < 0 ? "-" : "+"} ${short(Math.abs(imaginary))}i`;
}

/** What a time constant says. */
export function timeConstantWords(tau: number | null, time: Time): string {
  if (tau === null) return "neutral";
  const unit = time === "discrete" ? " steps" : "";
  return `${short(Math.abs(tau))}${unit}${tau < 0 ? ", grows" : ""}`;
}

/** The mode nearest to neutral: its time constant, whether it grows and whether it turns. */
export function slowestMode(point: Pick<ReportPoint, "eigenvalues" | "timeConstants">, time: Time): string {
  const size = (tau: number | null) => (tau === null ? Number.POSITIVE_INFINITY : Math.abs(tau));
  let best = 0;
  for (const [i, tau] of point.timeConstants.entries())
    if (size(tau) > size(point.timeConstants[best])) best = i;
  const tau = point.timeConstants[best];
  if (tau === undefined) return "-";
  const [re, im] = point.eigenvalues[best];
  const turns = im !== 0 ? ", turns" : time === "discrete" && re < 0 ? ", alternates" : "";
  return `${timeConstantWords(tau, time)}${turns}`;
}

/** Largest modulus (map) or real part (flow) of eigenvalues or multipliers. */
export function leading(values: readonly ComplexPair[], time: Time): string {
  if (values.length === 0) return "-";
  const sizes = values.map(([re, im]) => (time === "discrete" ? Math.hypot(re, im) : re));
  return Math.max(...sizes).toFixed(4);
}

/** The name of what {@link leading} gives. */
export function leadingName(time: Time): string {
  return time === "discrete" ? "max |eigenvalue|" : "max Re";
}

/** What is proved of a point: that it exists within a distance, that there is none, or nothing. */
export function proved({ status, radius, unstable, leastPeriod, period }: CertificateSummary): string {
  if (status === "certified")
    return `yes, within ${radius.toExponential(0)}${unstable === null ? "; stability open" : ""}${leastPeriod === period ? "" : "; period open"}`;
  return status === "refuted" ? `no fixed point within ${radius.toExponential(0)}` : "undecided";
}

/** What is known about a point: names and values, in the order to read them. */
export function pointFacts(point: ReportPoint, time: Time): [name: string, value: string][] {
  const isSlow = point.kind !== undefined;
  const facts: [string, string][] = [
    ["stability", `${point.stability}, ${plural(point.unstableDimension, "unstable direction")}`],
    [leadingName(time), leading(point.eigenvalues, time)],
    ["slowest mode", slowestMode(point, time)],
    ["q = ½ |residual|²", point.q.toExponential(1)],
  ];
  if (isSlow) {
    facts.unshift(["kind", point.kind ?? ""]);
    facts.push([
      "speed",
      `${(point.speed ?? 0).toExponential(2)} per ${time === "discrete" ? "step" : "unit of time"}`,
    ]);
    facts.push(["extent of the slow valley", short(point.extent ?? 0)]);
  } else {
    facts.push(["index", String(point.index ?? "-")]);
    facts.push([
      "error of the state",
      point.errorEstimate === null ? "unknown" : `about ${point.errorEstimate.toExponential(0)}`,
    ]);
  }
  facts.push(["starts ended here", String(point.fromStarts)]);
  if (point.readout !== null) facts.push(["readout", point.readout.map(short).join(", ")]);
  if (point.certificate !== null) {
    facts.push(["proved", proved(point.certificate)]);
    if (point.certificate.status === "undecided") facts.push(["because", point.certificate.reason]);
    else if (point.certificate.uniqueWithin > 0)
      facts.push(["alone within", point.certificate.uniqueWithin.toExponential(1)]);
  }
  return facts;
}

/** What is known about a cycle. */
export function cycleFacts(cycle: ReportCycle, time: Time): [name: string, value: string][] {
  const facts: [string, string][] = [
    ["period", plural(cycle.period, "step")],
    ["stability", `${cycle.stability}, ${plural(cycle.unstableDimension, "unstable direction")}`],
    ["max |multiplier|", leading(cycle.multipliers, time)],
    ["q", cycle.q.toExponential(1)],
    ["starts ended here", String(cycle.fromStarts)],
  ];
  if (cycle.certificate !== null) facts.push(["proved", proved(cycle.certificate)]);
  return facts;
}

/** What speaks for or against the list of fixed points being complete, in sentences. */
export function completenessSentences({ completeness, points }: ReportData): string[] {
  const { indexSum, expected, verdict, unseenEstimate, extraSearches, foundByExtraSearches, budgetSpent } =
    completeness;
  const lines = [
    expected === null
      ? `Index check: ${verdict}.`
      : `Index check: the indices sum to ${indexSum} and must sum to ${expected}: ${verdict}.`,
    `Points that exist but were not hit: an estimated ${short(unseenEstimate)}, from how often each was hit.`,
    `${plural(extraSearches, "search", "searches")} beyond the starts found ${plural(foundByExtraSearches, "more point")}${budgetSpent ? "; the budget is spent" : ""}.`,
  ];
  const degenerate = points.filter((p) => p.index === 0).length;
  if (degenerate > 0)
    lines.push(
      `${plural(degenerate, "point")} on a kink, on the brink of a bifurcation, or on a continuum of fixed points.`,
    );
  if (completeness.distinct !== undefined)
    lines.push(`${plural(completeness.distinct, "different fixed point")} proved to exist.`);
  return lines;
}

import { medians } from "./measure.mjs";

/**
 * Rows of the table for one piece of work: ours against each rival, all in one run.
 *
 * - `row`, `size`: what is done, and how large.
 * - `ours`: a contender (see measure.mjs).
 * - `rivals`: `{ rival, job, data, target, as }`. `rival` comes from ../rivals/rivals.mjs, or is any `{ name, prepare }`
 *   whose `prepare(job, data)` gives a contender. `target`, where there is one, is the least ratio of their time to
 *   ours: 3 when ours must be three times faster, 1 / 2.5 when it may take 2.5 times as long. `as: "share"` says a
 *   ratio as a percentage of their speed.
 * - `difference(ours, theirs)`: how far apart the two results are; above `tolerance` (a number,
 *   or a function of their result) the row says DIFFERS.
 * - `operations`: floating point operations of one unit of work; figures are then GF/s instead of seconds.
 * - `judge(ours, theirs)`: `{ remark, holds }`, what else is to be said, and whether more than the ratio is right.
 * - `tiny`: checks that both sides agree and times nothing.
 */
export async function compare({ row, size, ours, rivals, difference, tolerance, operations, judge, tiny }) {
  const sides = [];
  for (const side of rivals) {
    const theirs = await side.rival.prepare(side.job, side.data);
    sides.push({ ...side, theirs });
  }
  const present = sides.filter(({ theirs }) => theirs);
  const times = tiny ? [] : await medians([ours, ...present.map(({ theirs }) => theirs)]);
  const figure = (seconds) => (operations && seconds ? operations / seconds / 1e9 : seconds);
  const rows = [];
  for (const { rival, theirs, target, as = "times" } of sides) {
    const base = {
      row,
      size,
      unit: operations ? "GF/s" : "s",
      ours: figure(times[0]),
      rival: rival.name,
      as,
      target: target && wordsOf(target, as),
    };
    if (!theirs) {
      rows.push({ ...base, verdict: "not installed" });
      continue;
    }
    const [own, other] = [await ours.result(), await theirs.result()];
    const most = typeof tolerance === "function" ? tolerance(other) : tolerance;
    const agrees = difference(own, other) <= most;
    const { remark, holds = true } = judge?.(own, other) ?? {};
    const seconds = times[1 + present.findIndex((side) => side.theirs === theirs)];
    const ratio = seconds / times[0];
    const timed = target ? (ratio >= target && holds ? "holds" : "SHORT") : "no target";
    rows.push({
      ...base,
      ...(!tiny && { theirs: figure(seconds), ratio }),
      verdict: agrees ? (tiny ? "agrees" : timed) : "DIFFERS",
      remark,
    });
    await theirs.release();
  }
  return rows;
}

/** A ratio of times, theirs to ours, in words. "share": ours as a part of their speed. */
export function ratioText(ratio, as) {
  if (as === "share") return `${(100 * ratio).toFixed(0)} %`;
  return ratio >= 1 ? `${digits(ratio)}x faster` : `${digits(1 / ratio)}x slower`;
}

function wordsOf(target, as) {
  if (as !== "share" && target === 1) return "at least as fast";
  if (as === "share" || target >= 1) return `at least ${ratioText(target, as)}`;
  return `at most ${ratioText(target, as)}`;
}

const digits = (x) => (x < 10 ? x.toFixed(2).replace(/\.?0+$/, "") : x.toFixed(0));

/** Largest difference of two arrays, relative to the largest entry of the first. */
export function relativeDifference(a, b) {
  if (a.length !== b.length) return Number.NaN;
  let largest = 0;
  let apart = 0;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]));
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= apart)) apart = d; // NaN stays
  }
  return apart / Math.max(largest, 1e-300);
}

import { SingleBar } from "cli-progress";
import { timeLeft } from "./timeLeft.js";

/** What the bar shows. */
export interface StudyBarState {
  /** What is being done. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  /** Rows there are, and rows that failed. */
  readonly rows: number;
  readonly failed?: number;
}

/** A bar with the time left on standard error; silent when that is no terminal. */
export function createStudyBar(quiet: boolean) {
  if (quiet || !process.stderr.isTTY) return { update(_: StudyBarState) {}, stop() {} };
  const bar = new SingleBar({
    format: "{what} [{bar}] {percentage}% | {rows} rows done{failures} | {left} left",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let first: { readonly at: number; readonly done: number } | undefined;
  return {
    update({ what, done, total, rows, failed = 0 }: StudyBarState) {
      const now = performance.now();
      const started = first !== undefined;
      first ??= { at: now, done };
      const shown = {
        what,
        rows,
        failures: failed > 0 ? `, ${failed} failed` : "",
        left: timeLeft((now - first.at) / 1000, done - first.done, total - done),
      };
      if (started) {
        bar.setTotal(total);
        bar.update(done, shown);
      } else bar.start(total, done, shown);
    },
    stop() {
      if (first) bar.stop();
      first = undefined;
    },
  };
}

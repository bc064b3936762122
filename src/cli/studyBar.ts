import { SingleBar } from "cli-progress";
import type { SweepProgress } from "../study/runSweep.js";

/** A bar with the time left on standard error; silent when that is no terminal. */
export function createStudyBar(quiet: boolean) {
  if (quiet || !process.stderr.isTTY) return { update(_: SweepProgress) {}, stop() {} };
  const bar = new SingleBar({
    format: "{stage} {group} [{bar}] {percentage}% | {rows} rows done | {eta_formatted} left",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 200,
  });
  let started = false;
  return {
    update({ done, total, ...shown }: SweepProgress) {
      if (started) {
        bar.setTotal(total);
        bar.update(done, shown);
      } else bar.start(total, done, shown);
      started = true;
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}

import { SingleBar } from "cli-progress";

/** A progress bar on standard error; silent when that is no terminal, or when asked to be. */
export interface Progress {
  update(stage: string, done: number, total: number): void;
  stop(): void;
}

export function createProgress(quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar({
    format: "{stage} [{bar}] {value}/{total}",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    etaBuffer: 20,
  });
  let current = "";
  return {
    update(stage, done, total) {
      if (stage !== current) {
        if (current !== "") bar.stop();
        bar.start(total, done, { stage: stage.padEnd(12) });
        current = stage;
      } else bar.update(done);
    },
    stop() {
      if (current !== "") bar.stop();
    },
  };
}

import { answers } from "./answers.js";
import type { Call } from "./calls.js";

/** One call after the other; each answer carries the number of its call. */
self.addEventListener("message", async ({ data: { number, name, argument } }: MessageEvent<Call>) => {
  try {
    // Every answer is typed where it is asked for, in calls.ts.
    const value = await (answers[name] as (argument: unknown) => unknown)(argument);
    self.postMessage({ number, value });
  } catch (error) {
    self.postMessage({ number, error: error instanceof Error ? error.message : String(error) });
  }
});

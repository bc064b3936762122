// CPU time, one thread, rounds taken in turns: on a busy machine what disturbs one side disturbs the other too.

/** CPU seconds of this process that `work` took, and its result. */
export function cpuSeconds(work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

/** Middle value; of an even number, the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/**
 * One side of a comparison. `work` does `per` units of work and returns what the other side is checked against;
 * give `result` where that is something else.
 */
export function contender(work, { per = 1, result } = {}) {
  let last;
  return {
    per,
    time: async (repeats) =>
      cpuSeconds(() => {
        for (let i = 0; i < repeats; i++) last = work();
      }).seconds,
    result: async () => (result ? result() : (last ??= work())),
    release: async () => {},
  };
}

/** Before anything counts: the compiler works in threads of its own, on our account, for some hundred calls. */
const warmUpSeconds = 0.5;
/** Of each measurement. */
const leastSeconds = 0.05;
const rounds = 7;
/** A contender that has taken this many CPU seconds takes part in no further round. */
const budget = 8;

/** Median CPU seconds per unit of work of each contender. They are asked in turns: ours, rival, ours, rival, ... */
export async function medians(contenders) {
  const sides = [];
  for (const each of contenders) {
    let calls = 1;
    let seconds = await each.time(calls);
    // A call this long needs no warming up, and counts.
    const samples = seconds > 1 ? [seconds] : [];
    let spent = seconds;
    while (spent < warmUpSeconds && calls < 2 ** 24) {
      calls *= 2;
      seconds = await each.time(calls);
      spent += seconds;
    }
    const repeats = Math.max(1, Math.ceil((leastSeconds * calls) / Math.max(seconds, 1e-6)));
    sides.push({ each, repeats, samples, spent });
  }
  for (let round = 0; round < rounds; round++)
    for (const side of sides) {
      if (side.spent > budget && side.samples.length > 0) continue;
      const seconds = await side.each.time(side.repeats);
      side.samples.push(seconds / side.repeats);
      side.spent += seconds;
    }
  return sides.map(({ each, samples }) => median(samples) / each.per);
}

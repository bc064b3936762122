// Systems that workers import, some of them ill-behaved.
import { existsSync, writeFileSync } from "node:fs";
import { isMainThread, parentPort } from "node:worker_threads";

/** Two units that excite each other with weights a and b: x <- tanh(a x), y <- tanh(b y). */
export function pair(a, b) {
  return {
    time: "discrete",
    dimension: 2,
    inputDimension: 0,
    rule(x, _, out) {
      out[0] = Math.tanh(a * x[0]);
      out[1] = Math.tanh(b * x[1]);
    },
    jacobian(x, _, out) {
      out[0] = a * (1 - Math.tanh(a * x[0]) ** 2);
      out[1] = 0;
      out[2] = 0;
      out[3] = b * (1 - Math.tanh(b * x[1]) ** 2);
    },
    domain: () => ({ lower: Float64Array.of(-1, -1), upper: Float64Array.of(1, 1), invariant: true }),
  };
}

/** The pair in the caller; in a worker a system of one variable. */
export const shrinking = () => (isMainThread ? pair(2, 2) : { ...pair(2, 2), dimension: 1 });

/** The pair, both weights 2. */
export const twoTwo = () => pair(2, 2);

/** A promise that is never kept. */
export const neverReady = () => new Promise(() => {});

/** The pair; the first worker to come far from the origin leaves, once. */
export function leavingOnce(file) {
  return meddled((x) => {
    if (isMainThread || x[0] < 0.5 || existsSync(file)) return;
    writeFileSync(file, "left");
    process.exit(3);
  });
}

/** The pair; every worker that comes far from the origin leaves. */
export function leaving() {
  return meddled((x) => {
    if (!isMainThread && x[0] > 5) process.exit(7);
  });
}

/** The pair; throws where x[0] is above 5, and says which state it was. */
export function throwing() {
  return meddled((x) => {
    if (x[0] > 5) throw new RangeError(`no state above 5, got ${x[0]}`);
  });
}

/** The pair; a worker never comes back from a state above 5. */
export function endless() {
  return meddled((x) => {
    while (!isMainThread && x[0] > 5);
  });
}

/** The pair; its module posts messages of its own from every worker. */
export async function talking() {
  if (!isMainThread) for (const message of ["hello", null, { kind: "note" }]) parentPort.postMessage(message);
  return pair(2, 2);
}

export const notASystem = () => ({ rule: 1 });

function meddled(before) {
  const plain = pair(2, 2);
  return {
    ...plain,
    domain: undefined,
    rule(x, u, out) {
      before(x);
      plain.rule(x, u, out);
    },
  };
}

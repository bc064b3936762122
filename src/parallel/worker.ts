/** What runs in each worker of a pool: builds the systems it is told of, and does the jobs it is given. */
import { kernelName } from "../analysis/kernelName.js";
import type { DynamicalSystem } from "../core/system.js";
import { systemFrom } from "./crossing.js";
import { builtIn } from "./nodeThread.js";
import { decodeShared, encodeError, type Order, type Reply, taskNamed } from "./protocol.js";

const systems = new Map<number, Promise<DynamicalSystem>>();
const prepared = { batch: -1, work: (_: unknown): unknown => undefined };

const parent = builtIn("node:worker_threads")?.parentPort;
const answer = (reply: Reply) => (parent ? parent.postMessage(reply) : self.postMessage(reply));
if (parent) parent.on("message", (order: Order) => void obey(order));
else self.onmessage = ({ data }: MessageEvent<Order>) => void obey(data);

async function obey(order: Order): Promise<void> {
  if (order.kind === "over") systems.delete(order.call);
  else if (order.kind === "system") {
    const { call, system, shape, kernel } = order;
    const built =
      kernel === kernelName
        ? systemFrom("worker", system, shape)
        : Promise.reject(new Error(`a worker runs the ${kernelName} kernel, its caller ${kernel}`));
    built.catch(() => {}); // reported with the first jobs
    systems.set(call, built);
  } else {
    let job = 0;
    try {
      const system = await systems.get(order.call)!;
      if (order.shared) {
        prepared.work = taskNamed(order.shared.task).prepare(system, decodeShared(order.shared.values));
        prepared.batch = order.batch;
      }
      const results: unknown[] = [];
      for (; job < order.jobs.length; job++) results.push(prepared.work(order.jobs[job]));
      answer({ results });
    } catch (error) {
      answer({ failed: job, error: encodeError(error) });
    }
  }
}

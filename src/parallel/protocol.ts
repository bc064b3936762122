import { descend, polishEnd, spectrum } from "../analysis/descend.js";
import { followAlone } from "../analysis/followAlone.js";
import { describeModes } from "../analysis/memorySlowness.js";
import type { Batch, Task } from "../analysis/plan.js";
import { describeSlow, refineSlow } from "../analysis/refineSlow.js";
import { carryOn, lookNear } from "../analysis/settle.js";
import { followTogether } from "../analysis/simulate.js";
import { carryForward } from "../analysis/statesAt.js";
import { ArgumentError, fail } from "../core/check.js";
import { automatic } from "../solve/automatic.js";
import { dogleg } from "../solve/dogleg.js";
import { levenbergMarquardt } from "../solve/levenbergMarquardt.js";
import type { Method } from "../solve/loop.js";
import { newton } from "../solve/newton.js";
import { newtonKrylov } from "../solve/newtonKrylov.js";
import type { Crossing, Shape } from "./crossing.js";

/** A system that jobs will be about. */
export interface Introduction {
  readonly kind: "system";
  readonly call: number;
  readonly system: Crossing;
  /** What the caller's copy of the system is. */
  readonly shape: Shape;
  /** The arithmetic of the caller: another one would give other bytes. */
  readonly kernel: string;
}

/** Some jobs of a batch. `batch` says what they share; it comes with the first of them that a worker gets. */
export interface Assignment {
  readonly kind: "jobs";
  readonly call: number;
  readonly batch: number;
  readonly shared?: { readonly task: string; readonly values: object };
  readonly jobs: readonly unknown[];
}

/** A call is over: its system can be dropped. */
export interface Farewell {
  readonly kind: "over";
  readonly call: number;
}

export type Order = Introduction | Assignment | Farewell;

/** An error as plain data. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** What was thrown, where that was no Error. */
  readonly value?: unknown;
}

/** What became of an assignment: all results, or the first job that threw. */
export type Reply =
  | { readonly results: readonly unknown[] }
  | { readonly failed: number; readonly error: PlainError };

/** Whether a message from a worker is an answer to an assignment. */
export function isReply(message: unknown): message is Reply {
  return typeof message === "object" && message !== null && ("results" in message || "failed" in message);
}

const tasks: readonly Pick<Batch["task"], "name">[] = [
  carryForward,
  carryOn,
  descend,
  describeModes,
  describeSlow,
  followAlone,
  followTogether,
  lookNear,
  polishEnd,
  refineSlow,
  spectrum,
];

const methods: readonly Method[] = [automatic, dogleg, levenbergMarquardt, newton, newtonKrylov];

/** The task of this name. */
export function taskNamed(name: string): Task<object, unknown, unknown> {
  return tasks.find((task) => task.name === name) as Task<object, unknown, unknown>;
}

/** Refuses a method that a worker could not find by its name. */
export function checkMethod(where: string, method: unknown): void {
  if (method === undefined || methods.includes(method as Method)) return;
  const name = JSON.stringify((method as Method | null)?.name);
  fail(
    where,
    `method ${name} cannot be sent to workers, expected one of ${methods.map((m) => m.name).join(", ")}`,
  );
}

/** What a batch shares as plain data: a method by its name. */
export function encodeShared(shared: object): object {
  const { method } = shared as { method?: Method | string };
  return typeof method === "object" ? { ...shared, method: { name: method.name } } : shared;
}

/** The opposite of {@link encodeShared}. */
export function decodeShared(values: object): object {
  const { method } = values as { method?: Method | string };
  return typeof method === "object"
    ? { ...values, method: methods.find(({ name }) => name === method.name) }
    : values;
}

export function encodeError(thrown: unknown): PlainError {
  if (thrown instanceof Error) return { name: thrown.name, message: thrown.message, stack: thrown.stack };
  const plain = { name: "", message: String(thrown), stack: undefined };
  try {
    return { ...plain, value: structuredClone(thrown) };
  } catch {
    return plain;
  }
}

export function decodeError(plain: PlainError): unknown {
  if (plain.name === "") return "value" in plain ? plain.value : plain.message;
  const error = plain.name === "ArgumentError" ? new ArgumentError(plain.message) : new Error(plain.message);
  if (error.name !== plain.name) Object.defineProperty(error, "name", { value: plain.name });
  if (plain.stack !== undefined) Object.defineProperty(error, "stack", { value: plain.stack });
  return error;
}

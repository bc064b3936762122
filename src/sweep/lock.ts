import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../core/check.js";
import { readIfThere } from "./sweepStore.js";

/** A folder, or a shard of it, held by this process. */
export interface Lock {
  /** Tells other machines that the holder lives; a holder that does not for a minute counts as dead there. */
  renew(): void;
  release(): void;
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, as its system counts: a number used again does not bring a dead process back. */
  readonly began: string;
}

/** How long the holder on another machine is watched for a sign, in milliseconds. */
const patience = 60_000;

/**
 * Takes a lock, or says who has it. A dead holder's is taken over: at once when it ran on this machine, after `wait`
 * milliseconds without a sign when on another.
 */
export async function takeLock(folder: string, name: string, wait = patience): Promise<Lock> {
  const path = join(folder, `${name}.lock`);
  const own: Holder = { host: hostname(), pid: process.pid, began: beganOf(process.pid) };
  const text = JSON.stringify(own);
  for (let tries = 0; !created(path, text); tries++) {
    const there = readIfThere(path)?.toString("utf8");
    if (there === undefined) continue;
    const holder = holderIn(there);
    if (holder && ((await isAlive(path, holder, wait)) || tries > 5))
      fail(
        "sweep",
        `${folder} is in use by process ${holder.pid} on ${holder.host}; expected no other run (${path})`,
      );
    takeAway(path, there);
  }
  const timer = setInterval(renew, wait / 6);
  timer.unref();
  return {
    renew,
    release() {
      clearInterval(timer);
      if (readIfThere(path)?.toString("utf8") === text) rmSync(path, { force: true });
    },
  };

  /** The system's own clock sets the time of change: no clock of ours is compared with another's. */
  function renew(): void {
    try {
      if (readFileSync(path, "utf8") === text) writeFileSync(path, text);
    } catch {
      // Taken away, or the disk is full: rows matter more.
    }
  }
}

/**
 * Takes part i of n of a folder. Parts of the same n may be held at once; beside parts of another n (1 of 1 is the whole)
 * rows would be made twice, so that is refused.
 */
export async function takePart(
  folder: string,
  [i, n]: readonly [number, number],
  wait = patience,
): Promise<Lock> {
  await refuseOtherParts(folder, n, wait);
  const lock = await takeLock(folder, `run-${i}-of-${n}`, wait);
  try {
    // Of two that came at the same moment each sees the other now.
    await refuseOtherParts(folder, n, wait);
  } catch (error) {
    lock.release();
    throw error;
  }
  return lock;
}

async function refuseOtherParts(folder: string, n: number, wait: number): Promise<void> {
  const looks = readdirSync(folder).map(async (name) => {
    const [, part, parts] = /^run-(\d+)-of-(\d+)\.lock$/.exec(name) ?? [];
    if (parts === undefined || Number(parts) === n) return;
    const path = join(folder, name);
    const there = readIfThere(path)?.toString("utf8");
    if (there === undefined) return;
    const holder = holderIn(there);
    if (holder && (await isAlive(path, holder, wait)))
      fail(
        "sweep",
        `${folder} is in use by process ${holder.pid} on ${holder.host}, as part ${part} of ${parts}; expected ${
          Number(parts) === 1 ? "no other run" : `--shard i/${parts}, or no other run`
        } (${path})`,
      );
    takeAway(path, there);
  });
  const refused = (await Promise.allSettled(looks)).find(({ status }) => status === "rejected");
  if (refused?.status === "rejected") throw refused.reason;
}

function created(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Takes a dead holder's file away; when it has changed hands meanwhile, puts it back. */
function takeAway(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readFileSync(aside, "utf8") !== text) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody was quicker; a row made twice counts once.
    }
  }
  rmSync(aside, { force: true });
}

async function isAlive(path: string, holder: Holder, wait: number): Promise<boolean> {
  if (holder.host === hostname()) return beganOf(holder.pid) === holder.began && holder.began !== "";
  const before = changedAt(path);
  for (let waited = 0; waited < wait; waited += wait / 60) {
    await sleep(wait / 60);
    if (changedAt(path) !== before) return true;
  }
  return false;
}

function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function holderIn(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined; // cut short by a kill
  }
}

/** Tells a living process from all others of this machine; empty when there is none. */
function beganOf(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "";
  }
  try {
    // Field 22 of proc(5), after the name in parentheses.
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
  } catch {
    return "unknown";
  }
}

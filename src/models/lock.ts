import { closeSync, openSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Who holds a lock shows that it lives by touching it; milliseconds. */
const TOUCHED_EVERY = 1000;
/** A lock that nobody touched for so long was left behind by a process that was ended. */
const STALE_AFTER = 10_000;
const LOOK_EVERY = 200;

/**
 * Does `work` while no other call, of this process or another, does its work under the same lock; waits until then.
 * @param file the lock: is there while the work is done
 * @throws what `work` throws, or the file system's error where the lock cannot be made
 */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!taken(file)) await delay(LOOK_EVERY);
  const touching = setInterval(() => touch(file), TOUCHED_EVERY).unref();
  try {
    return await work();
  } finally {
    clearInterval(touching);
    rmSync(file, { force: true });
  }
}

function taken(file: string): boolean {
  const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (since !== undefined && Date.now() - since > STALE_AFTER) rmSync(file, { force: true });
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody took the lock away. The work goes on: what it brings is verified.
  }
}

import { setImmediate as nextTurn } from "node:timers/promises";

/** The longest that one piece of work holds the event loop, milliseconds: 20 at p99 is what all of them may. */
const HOLD = 5;

let line: Promise<unknown> = Promise.resolve();

/** Whoever waits gets a turn of the event loop of their own, first come, first served. */
function turn(): Promise<unknown> {
  return (line = line.then(() => nextTurn()));
}

/** To be awaited between the steps of a long loop: lets other work in when the loop was held for a while. */
export function breather(): () => Promise<unknown> | undefined {
  let since = performance.now();
  return () => (performance.now() - since < HOLD ? undefined : turn().then(() => (since = performance.now())));
}

/** What the steps come to, with other work in between; rejects with the signal's reason where it aborts before they are done. */
export async function inPieces<T>(steps: Generator<void, T>, signal: AbortSignal): Promise<T> {
  const breathe = breather();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    const pause = breathe();
    if (!pause) continue;
    await pause;
    signal.throwIfAborted();
  }
}

/** The same without other work in between. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

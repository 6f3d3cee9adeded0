import { DeadlinePassed } from "../errors.js";

/** What a pool and one of its threads tell each other without messages: a thread at work reads none. */
export interface SharedState {
  /** Of all threads of a pool: see `thread-turns.ts`. */
  readonly turns: Int32Array;
  /** The thread's number, from 1 on: no other thread of the pool that still is has it. */
  readonly owner: number;
  /** Of this thread: whether it is within the engine; whether nobody waits for its photo any more; whether it waits for its turn. */
  readonly flags: Int32Array;
  /** The longest that a photo may take, and that others are waited for to pause, milliseconds. */
  readonly hang: number;
}

const WITHIN = 0;
const UNWANTED = 1;
const WAITING = 2;

/** It is within the engine; it is to be ended, and enters no more. */
const ENTERED = 1;
const DOOMED = 2;

/** It waits for its turn; it has waited. */
const WAITS = 1;
const WAITED = 2;

/** A thread that waits looks up so often, milliseconds: a call that comes just before it begins to wait wakes nobody. */
const LOOKS_UP = 250;

export function sharedState(turns: Int32Array, owner: number, hang: number): SharedState {
  return { turns, owner, hang, flags: new Int32Array(new SharedArrayBuffer(12)) };
}

/**
 * Does work during which the thread must not be ended: onnxruntime would end the process.
 * @throws where the thread is to be ended
 */
export async function withinEngine<T>({ flags }: SharedState, work: () => Promise<T>): Promise<T> {
  if (Atomics.compareExchange(flags, WITHIN, 0, ENTERED) === DOOMED) throw new Error("the thread is to be ended");
  try {
    return await work();
  } finally {
    Atomics.store(flags, WITHIN, 0);
  }
}

/** Keeps the thread out of the engine from now on. @returns false where it is within: it must not be ended now */
export function doom({ flags }: SharedState): boolean {
  return Atomics.compareExchange(flags, WITHIN, 0, DOOMED) !== ENTERED;
}

/** Says whether somebody waits for the photo that the thread is given or has. */
export function setWanted({ flags }: SharedState, wanted: boolean): void {
  Atomics.store(flags, UNWANTED, wanted ? 0 : 1);
  if (wanted) Atomics.store(flags, WAITING, 0);
}

/**
 * Blocks the thread while the cell of `turns` has this value, or, where there is a limit, until then (`performance.now()`).
 * @throws DeadlinePassed where nobody wants its photo any more
 */
export function waitWhile({ turns, flags }: SharedState, cell: number, value: number, until = Infinity): void {
  do {
    if (Atomics.load(flags, UNWANTED) === 1) throw new DeadlinePassed("nobody waits for this photo any more");
    Atomics.store(flags, WAITING, WAITS);
    Atomics.wait(turns, cell, value, Math.max(0, Math.min(LOOKS_UP, until - performance.now())));
    Atomics.store(flags, WAITING, WAITED);
  } while (Atomics.load(turns, cell) === value && performance.now() < until);
}

/** Whether the thread waits for its turn, or has waited since this was last asked: it was not at work then. */
export function hasWaited({ flags }: SharedState): boolean {
  return Atomics.compareExchange(flags, WAITING, WAITED, 0) !== 0;
}

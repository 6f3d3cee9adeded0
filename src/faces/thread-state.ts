/** What a pool and one of its threads tell each other without messages: a thread at work reads none. */
export interface SharedState {
  /** Of all threads of a pool: see `thread-turns.ts`. */
  readonly turns: Int32Array;
  /** The thread's number, from 1 on, never used twice. */
  readonly owner: number;
  /** Of this thread: whether it is within the engine; whether nobody waits for its photo any more; whether it waits for its turn. */
  readonly flags: Int32Array;
}

const WITHIN = 0;
const UNWANTED = 1;
const WAITING = 2;

/** It waits for its turn; it has waited. */
const WAITS = 1;
const WAITED = 2;

export function sharedState(turns: Int32Array, owner: number): SharedState {
  return { turns, owner, flags: new Int32Array(new SharedArrayBuffer(12)) };
}

/** Does work during which the thread must not be ended: onnxruntime would end the process. */
export async function withinEngine<T>({ flags }: SharedState, work: () => Promise<T>): Promise<T> {
  Atomics.store(flags, WITHIN, 1);
  try {
    return await work();
  } finally {
    Atomics.store(flags, WITHIN, 0);
  }
}

export function isWithinEngine({ flags }: SharedState): boolean {
  return Atomics.load(flags, WITHIN) === 1;
}

/** Says whether somebody waits for the photo that the thread is given or has. */
export function setWanted({ flags }: SharedState, wanted: boolean): void {
  Atomics.store(flags, UNWANTED, wanted ? 0 : 1);
  if (wanted) Atomics.store(flags, WAITING, 0);
}

/**
 * Blocks the thread while the cell of `turns` has this value.
 * @throws where nobody wants its photo any more
 */
export function waitWhile({ turns, flags }: SharedState, cell: number, value: number): void {
  if (Atomics.load(flags, UNWANTED) === 1) throw new Error("nobody waits for this photo any more");
  Atomics.store(flags, WAITING, WAITS);
  Atomics.wait(turns, cell, value);
  Atomics.store(flags, WAITING, WAITED);
}

/** Whether the thread has waited for its turn since this was last asked: it was not at work then. */
export function hasWaited({ flags }: SharedState): boolean {
  return Atomics.load(flags, WAITING) === WAITS || Atomics.exchange(flags, WAITING, 0) === WAITED;
}

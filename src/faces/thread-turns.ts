import { type SharedState, waitWhile } from "./thread-state.js";

/** Whose turn it is to decode a large picture, and to work while nobody else does; 0: nobody's. */
const LARGE = 0;
const ALONE = 1;
/** From here on, one cell a thread: whether it has a photo in work. */
const WORKS = 2;
/** The most threads of a pool that can be, those that do not end included. */
export const THREADS = 1024;

/** The cells for `SharedState.turns`. */
export function threadTurns(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (WORKS + THREADS)));
}

/** Does the work on a photo: not while another thread works alone. */
export async function working<T>(state: SharedState, work: () => Promise<T>): Promise<T> {
  enter(state);
  try {
    return await work();
  } finally {
    leave(state);
  }
}

/**
 * Does work while no other thread of the pool does such: the thread is blocked until it is its turn.
 * @throws where nobody wants the work any more before it began
 */
export async function inTurn<T>(state: SharedState, work: () => Promise<T>): Promise<T> {
  const worked = leave(state); // it does not while it waits
  take(state, LARGE);
  try {
    if (worked) enter(state);
    return await work();
  } finally {
    give(state, LARGE);
  }
}

/**
 * Within `working`: does work while no other thread of the pool does any, or, where one does not pause for so long that
 * it may never, all the same: better one text that is perhaps wrong than a line that stands still. Shrinking a picture
 * for the detector counts, too: sharp ends each of its works by clearing libvips' text of errors.
 */
export async function alone<T>(state: SharedState, work: () => Promise<T>): Promise<T> {
  const { turns } = state;
  leave(state);
  take(state, ALONE);
  try {
    const until = performance.now() + state.hang;
    for (let cell = WORKS; cell < turns.length; cell++) if (Atomics.load(turns, cell) !== 0) waitWhile(state, cell, 1, until);
    return await work();
  } finally {
    give(state, ALONE);
    enter(state);
  }
}

/** Wakes a thread that waits, for whatever: it looks whether anybody still wants what it does. */
export function wake({ turns }: SharedState): void {
  for (let cell = 0; cell < turns.length; cell++) Atomics.notify(turns, cell);
}

/** Ends all turns of a thread that is no more, or that nobody waits for any more. */
export function endTurns(state: SharedState): void {
  give(state, LARGE);
  give(state, ALONE);
  leave(state);
}

function enter(state: SharedState): void {
  const { turns } = state;
  for (;;) {
    Atomics.store(turns, cellOf(state), 1);
    const holder = Atomics.load(turns, ALONE);
    if (holder === 0) return;
    leave(state);
    waitWhile(state, ALONE, holder);
  }
}

/** @returns whether the thread had work */
function leave(state: SharedState): boolean {
  const cell = cellOf(state);
  const worked = Atomics.exchange(state.turns, cell, 0) === 1;
  if (worked) Atomics.notify(state.turns, cell);
  return worked;
}

function take(state: SharedState, turn: number): void {
  const { turns, owner } = state;
  for (let holder = 0; (holder = Atomics.compareExchange(turns, turn, 0, owner)) !== 0; ) waitWhile(state, turn, holder);
}

function give({ turns, owner }: SharedState, turn: number): void {
  if (Atomics.compareExchange(turns, turn, owner, 0) === owner) Atomics.notify(turns, turn);
}

function cellOf({ owner }: SharedState): number {
  return WORKS + owner - 1;
}

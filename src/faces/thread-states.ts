import { sharedState, type SharedState } from "./thread-state.js";
import { endTurns, THREADS, threadTurns } from "./thread-turns.js";

/** Gives each thread of a pool its state; a number is free again when its thread is no more. */
export class ThreadStates {
  readonly #turns = threadTurns();
  readonly #taken = new Set<number>();
  readonly #hang: number;

  /** @param hang the longest that a photo may take, and that others are waited for to pause, milliseconds */
  constructor(hang: number) {
    this.#hang = hang;
  }

  /** @throws where there are more threads than can be */
  open(): SharedState {
    for (let owner = 1; owner <= THREADS; owner++) {
      if (this.#taken.has(owner)) continue;
      this.#taken.add(owner);
      return sharedState(this.#turns, owner, this.#hang);
    }
    throw new Error(`${THREADS} threads of this pool did not end`);
  }

  /** Of a thread that is no more. */
  close(state: SharedState): void {
    endTurns(state);
    this.#taken.delete(state.owner);
  }
}

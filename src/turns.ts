const NEVER = new AbortController().signal;

/**
 * Lets so many in at a time, or so much where they have a weight; the others wait in line, first come, first served: a
 * heavy one is not overtaken by lighter ones, and never waits where nobody else is in.
 * piscina's own queue does not keep the order of tasks that can be aborted: with `stricterFIFO` the last is first,
 * without it every task that has to wait once more goes behind the others.
 */
export class Turns {
  readonly #places: number;
  #free: number;
  readonly #line = new Set<{ weight: number; enter: () => void }>();

  constructor(places: number) {
    this.#places = places;
    this.#free = places;
  }

  /**
   * Resolves when it is the caller's turn, who then has to call `end` with the same weight; rejects with the signal's
   * reason where it aborts first.
   */
  async next(signal: AbortSignal = NEVER, weight = 1): Promise<void> {
    signal.throwIfAborted();
    if (this.#line.size === 0 && this.#fits(weight)) {
      this.#free -= weight;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#line.delete(waiting);
        this.#letIn(); // whoever stood behind may fit
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { weight, enter };
      signal.addEventListener("abort", leave, { once: true });
      this.#line.add(waiting);
    });
  }

  end(weight = 1): void {
    this.#free += weight;
    this.#letIn();
  }

  #fits(weight: number): boolean {
    return weight <= this.#free || this.#free === this.#places;
  }

  #letIn(): void {
    for (const first of this.#line) {
      if (!this.#fits(first.weight)) return;
      this.#line.delete(first);
      this.#free -= first.weight;
      first.enter();
    }
  }
}

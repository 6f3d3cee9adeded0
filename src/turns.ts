/**
 * Lets so many in at a time; the others wait in line, first come, first served.
 * piscina's own queue does not keep the order of tasks that can be aborted: with `stricterFIFO` the last is first,
 * without it every task that has to wait once more goes behind the others.
 */
export class Turns {
  #free: number;
  readonly #line = new Set<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves when it is the caller's turn, who then has to call `end`; rejects with the signal's reason where it aborts first. */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#line.delete(enter);
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#line.add(enter);
    });
  }

  end(): void {
    const [first] = this.#line;
    if (!first) {
      this.#free++;
      return;
    }
    this.#line.delete(first);
    first();
  }
}

/** Hands out what has nothing to do, one holder each: first come, first served. */
export class Idle<T> {
  readonly #idle = new Set<T>();
  readonly #line = new Set<{ enter: (one: T) => void; leave: (reason: Error) => void }>();

  /** The next that is idle; rejects with the signal's reason where it aborts first. */
  async take(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const [first] = this.#idle;
    if (first !== undefined) {
      this.#idle.delete(first);
      return first;
    }
    return new Promise<T>((resolve, reject) => {
      const place = {
        enter: (one: T) => {
          signal.removeEventListener("abort", abort);
          resolve(one);
        },
        leave: (reason: Error) => {
          signal.removeEventListener("abort", abort);
          reject(reason);
        },
      };
      const abort = () => {
        this.#line.delete(place);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#line.add(place);
    });
  }

  add(one: T): void {
    const [first] = this.#line;
    if (first === undefined) this.#idle.add(one);
    else {
      this.#line.delete(first);
      first.enter(one);
    }
  }

  remove(one: T): void {
    this.#idle.delete(one);
  }

  /** Sends away all who wait. */
  refuse(reason: Error): void {
    for (const place of this.#line) place.leave(reason);
    this.#line.clear();
  }
}

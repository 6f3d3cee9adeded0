import { Busy, Draining } from "../errors.js";

/**
 * Lets events in: at most `most` at once, none while draining. Knows when the last one has left.
 */
export class Gate {
  #inside = 0;
  #draining = false;
  #empty: (() => void)[] = [];

  constructor(readonly most: number) {}

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Runs `work` inside.
   * @throws Draining, Busy where it may not come in
   */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#draining) throw new Draining("this instance is shutting down");
    if (this.#inside >= this.most) throw new Busy(`${this.most} events are in work already`);
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#empty.forEach((left) => left());
    }
  }

  /** Closes the gate; settles when everybody inside has left. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#inside > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }
}

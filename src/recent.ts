/**
 * A small memory of what was worked out, so that a repeated delivery gets the same result without a second analysis.
 * A delivery that arrives while the first is still in work waits for that one. Failures are forgotten: they may end
 * better next time. Oldest out first.
 */
export class Recent<T> {
  readonly #kept = new Map<string, Promise<T>>();

  constructor(readonly most: number) {}

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  /** The value of `key`, worked out at most once at a time. */
  get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return known;
    const value = work();
    this.#kept.set(key, value);
    if (this.#kept.size > this.most) this.#kept.delete(this.#kept.keys().next().value!);
    value.catch(() => this.#kept.delete(key));
    return value;
  }
}

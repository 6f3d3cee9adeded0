export interface RecentOptions<T> {
  /** The most entries. */
  most: number;
  /** What one value weighs, and the most that all together may. */
  weightOf: (value: T) => number;
  mostWeight: number;
}

/**
 * A small memory of what was worked out, so that a repeated delivery gets the same result without a second analysis.
 * A delivery that arrives while the first is still in work waits for that one. Failures are forgotten: they may end
 * better next time. Oldest out first.
 */
export class Recent<T> {
  readonly #kept = new Map<string, { value: Promise<T>; weight: number }>();
  #weight = 0;

  constructor(readonly options: RecentOptions<T>) {}

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  /** The value of `key`, worked out at most once at a time. */
  get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return known.value;
    const entry = { value: work(), weight: 0 };
    this.#kept.set(key, entry);
    entry.value.then(
      (value) => {
        if (this.#kept.get(key) !== entry) return;
        entry.weight = this.options.weightOf(value);
        this.#weight += entry.weight;
        this.#forgetOldest();
      },
      () => {
        if (this.#kept.get(key) === entry) this.#kept.delete(key);
      },
    );
    return entry.value;
  }

  #forgetOldest(): void {
    for (const [key, { weight }] of this.#kept) {
      if (this.#kept.size <= this.options.most && this.#weight <= this.options.mostWeight) return;
      this.#kept.delete(key);
      this.#weight -= weight;
    }
  }
}

export interface RecentOptions<T> {
  /** The most entries. */
  most: number;
  /** The most characters of all entries together. */
  mostText: number;
  /** A value as a text, and back: that takes a quarter of the memory that its objects do. */
  toText: (value: T) => string;
  fromText: (text: string) => T;
}

/**
 * A small memory of what was worked out, so that a repeated delivery gets the same result without a second analysis.
 * A delivery that arrives while the first is still in work waits for that one. Failures are forgotten: they may end
 * better next time. Oldest out first.
 */
export class Recent<T> {
  /** The text once there is a value. */
  readonly #kept = new Map<string, { value?: Promise<T>; text: string }>();
  #length = 0;

  constructor(readonly options: RecentOptions<T>) {}

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  /** The value of `key`, worked out at most once at a time. */
  get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return known.value ?? Promise.resolve(this.options.fromText(known.text));
    const value = work();
    const entry: { value?: Promise<T>; text: string } = { value, text: "" };
    this.#kept.set(key, entry);
    value.then(
      (done) => {
        if (this.#kept.get(key) !== entry) return;
        entry.text = this.options.toText(done);
        entry.value = undefined;
        this.#length += entry.text.length;
        this.#forgetOldest();
      },
      () => {
        if (this.#kept.get(key) === entry) this.#kept.delete(key);
      },
    );
    return value;
  }

  #forgetOldest(): void {
    for (const [key, { text }] of this.#kept) {
      if (this.#kept.size <= this.options.most && this.#length <= this.options.mostText) return;
      this.#kept.delete(key);
      this.#length -= text.length;
    }
  }
}

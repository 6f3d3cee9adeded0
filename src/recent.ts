export interface RecentOptions<T> {
  /** The most entries. */
  most: number;
  /** The most bytes of all entries together. */
  mostBytes: number;
  /** A value as a text, and back. */
  toText: (value: T) => string;
  fromText: (text: string) => T;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A small memory of what was worked out, so that a repeated delivery gets the same result without a second analysis.
 * A delivery that arrives while the first is still in work waits for that one. Failures are forgotten: they may end
 * better next time. Oldest out first. Values are kept as UTF-8: objects would take four times the memory, and texts, which
 * lie in V8's heap, half as much again, for that grows in steps.
 */
export class Recent<T> {
  /** The bytes once there is a value. */
  readonly #kept = new Map<string, { value?: Promise<T>; bytes: Uint8Array }>();
  #length = 0;

  constructor(readonly options: RecentOptions<T>) {}

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  /** The value of `key`, worked out at most once at a time. */
  get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known) return known.value ?? Promise.resolve(this.options.fromText(decoder.decode(known.bytes)));
    const value = work();
    const entry: { value?: Promise<T>; bytes: Uint8Array } = { value, bytes: new Uint8Array() };
    this.#kept.set(key, entry);
    value.then(
      (done) => {
        if (this.#kept.get(key) !== entry) return;
        entry.bytes = encoder.encode(this.options.toText(done));
        entry.value = undefined;
        this.#length += entry.bytes.length;
        this.#forgetOldest();
      },
      () => {
        if (this.#kept.get(key) === entry) this.#kept.delete(key);
      },
    );
    return value;
  }

  #forgetOldest(): void {
    for (const [key, { bytes }] of this.#kept) {
      if (this.#kept.size <= this.options.most && this.#length <= this.options.mostBytes) return;
      this.#kept.delete(key);
      this.#length -= bytes.length;
    }
  }
}

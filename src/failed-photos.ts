import { DecodingTooSlow, PoisonedPhoto, Undecodable, WorkerCrashed } from "./errors.js";

/** Photos remembered at most; oldest out first. */
const MOST_KEPT = 1000;

/** Of each photo that ended its worker or was too slow to decode: how often, and why last. At the second time it is given up. */
export class FailedPhotos {
  readonly #failures = new Map<string, { times: number; last: Error }>();

  /** Notes how the work on a photo ended, whether or not somebody waited for it; a photo that came out well is forgotten. */
  ended(identity: string, error?: unknown): void {
    if (error === undefined) this.#failures.delete(identity);
    if (!mayEndBetter(error)) return;
    this.#failures.set(identity, { times: (this.#failures.get(identity)?.times ?? 0) + 1, last: error });
    if (this.#failures.size > MOST_KEPT) this.#failures.delete(this.#failures.keys().next().value!);
  }

  /** @throws PoisonedPhoto, Undecodable where it is given up */
  check(identity: string): void {
    const { times, last } = this.#failures.get(identity) ?? { times: 0 };
    if (times < 2) return;
    if (last instanceof DecodingTooSlow) throw new Undecodable(`${last.message}, twice`, { cause: last });
    throw new PoisonedPhoto(`${identity} ended the inference worker twice`, { cause: last });
  }
}

/** Whether a photo is tried a second time after such a failure. */
export function mayEndBetter(error: unknown): error is WorkerCrashed | DecodingTooSlow {
  return error instanceof WorkerCrashed || error instanceof DecodingTooSlow;
}

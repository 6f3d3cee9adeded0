import { DecodingTooSlow } from "../errors.js";

/** However little time there is: sharp counts whole seconds, and a second attempt needs one, too. */
const LEAST = 2;

/**
 * The time that a picture may be decoded, all attempts together: on this project's machines ten times what noise in the
 * slowest format takes. Where nothing is damaged or made to be slow, only the machine can be: it needs room.
 */
export class Patience {
  /** Seconds. */
  #left: number;

  /**
   * @param most however large the picture is, seconds
   * @param now milliseconds
   */
  constructor({ width, height }: { width: number; height: number }, most = Infinity, readonly now = () => performance.now()) {
    this.#left = Math.max(LEAST, Math.min(5 + Math.ceil((width * height) / 5e6), most));
  }

  /**
   * One attempt at decoding, which gets the seconds that are left.
   * @throws DecodingTooSlow where none is, or it failed when its time was over
   */
  async attempt<T>(work: (seconds: number) => Promise<T>): Promise<T> {
    const seconds = Math.floor(this.#left);
    if (seconds < 1) throw tooSlow();
    const start = this.now();
    const taken = () => (this.now() - start) / 1000;
    try {
      return await work(seconds);
    } catch (cause) {
      throw taken() < seconds ? cause : tooSlow(cause);
    } finally {
      this.#left -= taken();
    }
  }

  /** Starts a clock. @returns throws DecodingTooSlow when the time is over */
  clock(): () => void {
    const until = this.now() + 1000 * this.#left;
    return () => {
      if (this.now() > until) throw tooSlow();
    };
  }
}

function tooSlow(cause?: unknown): DecodingTooSlow {
  return new DecodingTooSlow("decoding takes longer than a picture of its size may take", { cause });
}

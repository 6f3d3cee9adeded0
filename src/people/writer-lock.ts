import { setTimeout as sleep } from "node:timers/promises";
import { GalleryUnavailable } from "../errors.js";
import { timeLimited } from "../time-limit.js";
import { Turns as Line } from "../turns.js";
import type { Calls } from "./lance-calls.js";

/** How a lock keeps time, in milliseconds. */
export interface Pace {
  /** How long a holder may give no sign before others take over; it gives one every so often. */
  silence: number;
  sign: number;
  /** The longest wait between two looks whether it is one's turn; each is between half of it and all. */
  wait: number;
}

/** In a bucket a look is a few requests. */
export const PACE: Record<"folder" | "bucket", Pace> = {
  folder: { silence: 20_000, sign: 2_000, wait: 40 },
  bucket: { silence: 20_000, sign: 2_000, wait: 500 },
};
const FIRST_WAIT = 2;
const NEVER = new AbortController().signal;

/** One at a time over all processes. */
export interface Lock {
  /** @throws GalleryUnavailable where it was not our turn for `patience` milliseconds */
  held<Result>(work: () => Promise<Result>, patience: number): Promise<Result>;
  /**
   * For the holder, before what others must see whole or not at all.
   * @throws GalleryUnavailable where the last sign is so old (the process stood still) that others may have taken over
   */
  check(): void;
}

/** Where turns are written down, so that every process sees who has one. */
export interface Turns<Seen extends LastTurn> {
  last(): Promise<Seen>;
  /** Takes the turn after the one that was seen; undefined where another process was first, or its holder gave a sign meanwhile. */
  take(after: Seen): Promise<Turn | undefined>;
}

export interface LastTurn {
  /** Nobody has it any more: it was given back, or its holder is known to have ended. */
  over: boolean;
  /** Changes with every turn and with every sign of life. */
  key: string;
}

export interface Turn {
  /** Shows that the holder is alive. @returns false where it is somebody else's turn by now; @throws where that cannot be told */
  sign(): Promise<boolean>;
  giveBack(): Promise<void>;
}

/**
 * A lock over all who see the same turns. A holder that ended without giving back is found out by its silence, if not sooner.
 * @param name in messages
 */
export function turnLock<Seen extends LastTurn>(turns: Turns<Seen>, name: string, calls: Calls, pace: Pace): Lock {
  /** Within this process: each holder's signs are its own. */
  const line = new Line(1);
  let signed = -Infinity;

  async function heldNow<Result>(work: () => Promise<Result>, until: number, inVain: () => Error): Promise<Result> {
    const { turn, asked } = await nextTurn(turns, calls, pace, until, inVain);
    signed = asked;
    let signing: Promise<void> | undefined; // one at a time, and none beside giving back: each changes what the next one starts from
    const sign = async () => {
      const asked = performance.now();
      await turn.sign().then((still) => (signed = still ? asked : -Infinity), () => undefined); // a sign that failed is one of silence
      signing = undefined;
    };
    const signs = setInterval(() => void (signing ??= sign()), pace.sign);
    try {
      return await work();
    } finally {
      clearInterval(signs);
      await signing;
      await turn.giveBack().catch(() => undefined); // silence, too: no reason to fail what was done
    }
  }

  return {
    async held(work, patience) {
      const until = performance.now() + patience;
      const inVain = () => new GalleryUnavailable(`Waited ${Math.round(patience / 1000)} s for a turn to ${name} in vain: other work on it took all that time. Try again later.`);
      await timeLimited(patience, NEVER, inVain, (signal) => line.next(signal));
      try {
        return await heldNow(work, until, inVain);
      } finally {
        line.end();
      }
    },
    check() {
      if (signed === -Infinity) throw new GalleryUnavailable(`It is another process's turn by now to ${name}: this one was silent too long, so it gave up.`);
      const silent = performance.now() - signed;
      if (silent > pace.silence / 2) throw new GalleryUnavailable(`This process stood still for ${Math.round(silent / 1000)} s in the middle of its turn to ${name}: others may have taken over, so it gave up.`);
    },
  };
}

/** @returns `asked`: when the turn was asked for; the silence after which others take it over may count from there */
async function nextTurn<Seen extends LastTurn>(turns: Turns<Seen>, calls: Calls, pace: Pace, until: number, inVain: () => Error): Promise<{ turn: Turn; asked: number }> {
  const watched = { key: "", since: 0 };
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 1.5, pace.wait)) {
    const looked = performance.now(); // what comes back was so then, however long it took
    const last = await calls(() => turns.last());
    if (watched.key !== last.key) Object.assign(watched, { key: last.key, since: performance.now() });
    const asked = performance.now();
    const turn = last.over || looked - watched.since > pace.silence ? await calls(() => turns.take(last)) : undefined;
    if (turn) return { turn, asked };
    if (performance.now() > until) throw inVain();
    await sleep(wait * (0.5 + Math.random() / 2));
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { Failure, GalleryUnavailable } from "../errors.js";
import type { BucketAccess } from "./bucket.js";

/** How often a call is tried, and the wait after the first try in milliseconds; it grows, and differs between processes. */
const TRIES = 8;
const WAIT = 10;
/** What the library says where a file of an older version was cleaned away, or another process wrote first. */
const PASSING = /not found|no such file|conflict|concurrent|retryable/i;

/** Our own mistakes: no retry mends them, and where they came up is wanted. */
const DEFECTS = [TypeError, RangeError, SyntaxError];

export interface Calls {
  /** Runs a call of the library; again on the newest version where another process was in its way. */
  <Result>(call: () => Promise<Result>, newest?: () => Promise<void>): Promise<Result>;
}

/**
 * Calls of the library with its errors in our classes.
 * @param where names the gallery in messages
 * @param secrets what no message may hold
 * @param access tells better than the library what a bucket had against a request
 */
export function lanceCalls(where: string, secrets: readonly string[], access?: Pick<BucketAccess, "troubleSince">): Calls {
  return async (call, newest) => {
    const begun = performance.now();
    for (let tries = 1; ; tries++) {
      try {
        return await call();
      } catch (error) {
        if (error instanceof Failure || DEFECTS.some((defect) => error instanceof defect)) throw error;
        const message = String(error instanceof Error ? error.message : error);
        if (tries === TRIES || !PASSING.test(message)) throw new GalleryUnavailable(`The gallery ${where} could not be read or written: ${access?.troubleSince(begun) ?? told(hidden(message, secrets))}`, { cause: causeOf(error, secrets) });
      }
      await sleep(WAIT * 1.7 ** tries * (0.5 + Math.random() / 2));
      await newest?.().catch(() => undefined); // the next try tells
    }
  };
}

/** The first line of it, without where in the library it came up. It may quote what OSS answered: only some of it is looked at. */
function told(message: string): string {
  return message.slice(0, 2000).split("\n")[0].replace(/,? ?\/[^ ,]*\.rs:\d+(:\d+)?/g, "").slice(0, 300);
}

function hidden(text: string, secrets: readonly string[]): string {
  return secrets.filter(Boolean).reduce((left, secret) => left.replaceAll(secret, "***"), text);
}

/** The error with its stack, without secrets. */
function causeOf(error: unknown, secrets: readonly string[]): Error {
  const cause = new Error(hidden(error instanceof Error ? error.message : String(error), secrets));
  if (error instanceof Error) cause.stack = hidden(error.stack ?? "", secrets);
  return cause;
}
